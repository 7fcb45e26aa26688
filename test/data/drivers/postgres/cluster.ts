import { execFileSync } from 'node:child_process'
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A server of a test's own, to be stopped and started. */
export interface Cluster {
  readonly url: string
  start(): void
  /** `fast` ends sessions in good order, `immediate` as a crash would. */
  stop(mode: 'fast' | 'immediate'): void
}

const binaries = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1)

/** Whether PostgreSQL's programs are on this machine. */
export const canMakeClusters: boolean = binaries !== undefined

export async function makeCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-cluster-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const owner = serverUser()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync(join(binaries ?? '', program), args, { ...owner, stdio: 'ignore', cwd: folder })
  const settings = `-p ${port} -h 127.0.0.1 -k ${folder} -c fsync=off`
  const cluster: Cluster = {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    start: () =>
      void run('pg_ctl', 'start', '-D', data, '-w', '-o', settings, '-l', join(folder, 'log')),
    stop: (mode) => void run('pg_ctl', 'stop', '-D', data, '-w', '-m', mode),
  }
  run('initdb', '-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--no-sync')
  cluster.start()
  onTestFinished(() => {
    cluster.stop('immediate')
    rmSync(folder, { recursive: true, force: true })
  })
  return cluster
}

/** PostgreSQL refuses to run as root: then it runs as the user that Debian made for it. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.geteuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
