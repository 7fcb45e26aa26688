import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { startBalancer } from './balancer.ts'
import type { LoadReport } from './load-process.ts'

export interface Rolled {
  readonly load: LoadReport
  /** Titles of the notes in the database. */
  readonly stored: readonly string[]
  /** Exit codes of the servers that were replaced. */
  readonly codes: readonly (number | null)[]
}

interface Plan {
  readonly restarts: number
  /** Requests a second. */
  readonly rate: number
  /** Milliseconds that a server gives its balancer to notice that it leaves. */
  readonly drainDelay: number
}

/**
 * Serves one database by one process after another while requests come: the next is started, and found
 * ready, before the one at work is told to end.
 */
export async function restartUnderLoad({ restarts, rate, drainDelay }: Plan): Promise<Rolled> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-rolling-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'notes.db')
  const balancer = await startBalancer()
  onTestFinished(() => balancer.close())

  let server = await startServer()
  const load = start('load-process.ts', balancer.url, await signIn(balancer.url), String(rate))
  const codes: (number | null)[] = []
  for (let count = 0; count < restarts; count += 1) {
    await delay(300)
    const next = await startServer()
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    codes.push((await ended)[0])
    server = next
  }
  const reported = once(load, 'message')
  load.send('end')
  const [report] = await reported
  server.kill('SIGTERM')
  await once(server, 'exit')
  return { load: report, stored: titlesIn(file), codes }

  async function startServer(): Promise<ChildProcess> {
    const child = start('notes-process.ts', file, String(drainDelay))
    const [url] = await once(child, 'message')
    await balancer.add(url)
    return child
  }
}

function start(program: string, ...args: string[]): ChildProcess {
  const child = fork(join(import.meta.dirname, program), args, { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function signIn(url: string): Promise<string> {
  const account = { email: 'ada@example.com', password: 'a long enough password' }
  await post(`${url}/auth/sign-up`, account)
  const { token } = await post(`${url}/auth/sign-in`, { ...account, transport: 'bearer' })
  return String(token)
}

async function post(url: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await response.json()) as Record<string, unknown>
}

function titlesIn(file: string): string[] {
  const db = new Sqlite(file)
  try {
    return db.prepare('SELECT title FROM notes').pluck().all() as string[]
  } finally {
    db.close()
  }
}
