import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { onMariadb } from '../../servers.ts'

/** A server of a test's own, on a port and in a folder of its own, which may be killed. */
export interface OwnServer {
  readonly url: string
  /** Starts it, and resolves when it answers. */
  start(): Promise<void>
  /** Ends it without warning, as the loss of power would. */
  kill(): Promise<void>
}

const BINARY = ['/usr/sbin/mariadbd', '/usr/bin/mariadbd'].find(existsSync)

/** Whether a server can be started here: its program is installed. */
export function hasOwnMariadb(): boolean {
  if (BINARY === undefined && process.env['PLINTH_REQUIRE'] === 'all') {
    throw new Error('mariadbd is not installed; npm run services installs it')
  }
  return BINARY !== undefined
}

export async function startOwnMariadb(): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-mariadb-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const install = [
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${folder}`,
    '--auth-root-authentication-method=normal',
  ]
  execFileSync('mariadb-install-db', [...user, ...install], { stdio: 'ignore' })
  const options = [
    '--no-defaults',
    ...user,
    `--datadir=${data}`,
    // A server that starts deletes what it takes for leftovers of its own: other servers' tables.
    `--tmpdir=${folder}`,
    `--socket=${join(folder, 'socket')}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--innodb-buffer-pool-size=32M',
  ]
  const url = `mysql://root@127.0.0.1:${port}/mysql`
  let child: ChildProcess | undefined

  const server: OwnServer = {
    url: `mysql://root@127.0.0.1:${port}/plinth`,
    async start() {
      child = spawn(BINARY ?? '', options, { stdio: 'ignore' })
      await answer(url)
    },
    async kill() {
      const ending = child
      child = undefined
      if (!ending || ending.exitCode !== null) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      ending.kill('SIGKILL')
      await ended
    },
  }
  onTestFinished(async () => {
    await server.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await server.start()
  await onMariadb('CREATE DATABASE plinth', url)
  return server
}

async function answer(url: string): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      await onMariadb('SELECT 1', url)
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
