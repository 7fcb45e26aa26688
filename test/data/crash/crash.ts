import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Database, open } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { expect, onTestFinished } from 'vitest'
import { temporaryFile } from '../drivers/sqlite/support.ts'
import { freshPostgres, onPostgres } from '../servers.ts'
import { accounts, cells, LOT_SIZE, members, reset, tables, transfers } from './crash-work.ts'

const script = fileURLToPath(new URL('./crash-process.ts', import.meta.url))

/** A database that processes write to, each of them killed in the end. */
interface Scene {
  readonly target: string
  readonly db: Database
  /** Resolves when nothing of the killed processes goes on in the database. */
  quiet(): Promise<void>
}

const scenes = { sqlite: onSqlite, postgres: onServer }

async function onSqlite(): Promise<Scene> {
  const target = temporaryFile()
  return { target, db: await open(sqlite(target, tables)), quiet: async () => undefined }
}

async function onServer(): Promise<Scene> {
  const own = await freshPostgres()
  const name = `crash-${randomUUID()}`
  const target = new URL(own)
  target.searchParams.set('application_name', name)
  return {
    target: target.href,
    db: await open(postgres(own, tables)),
    async quiet() {
      const others = `SELECT 1 FROM pg_stat_activity WHERE application_name = '${name}'`
      while ((await onPostgres(others)).length > 0) await sleep(2)
    },
  }
}

export interface CrashOptions {
  readonly database: keyof typeof scenes
  readonly rounds: number
  /** Processes that write, and are killed, at the same time. */
  readonly processes: number
}

/**
 * Lets processes write and kills them, again and again; after each kill nothing that was acknowledged
 * may be missing, and nothing may be there in part. Resolves to how much was acknowledged.
 */
export async function crash({ database, rounds, processes }: CrashOptions): Promise<number> {
  const { target, db, quiet } = await scenes[database]()
  onTestFinished(() => db.close())
  await db.migrate()
  let acknowledged = 0
  for (let round = 0; round < rounds; round += 1) {
    await reset(db.system)
    const stories = await Promise.all(
      Array.from({ length: processes }, (_, at) => writeUntilKilled([database, target, `p${at}`])),
    )
    await quiet()
    const lines = stories.flat()
    acknowledged += lines.filter((line) => line.startsWith('done')).length
    await expectWhole(db, lines)
  }
  return acknowledged
}

/** Resolves to what a process told until it was killed, at a moment that is never the same. */
async function writeUntilKilled(args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const enough = 1 + Math.floor(Math.random() * 150)
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    // What it tells follows on a commit: a while later it is anywhere.
    if (lines.length === enough) setTimeout(() => child.kill('SIGKILL'), Math.random() * 30)
  })
  await Promise.all([once(reader, 'close'), once(child, 'exit')])
  expect(child.signalCode).toBe('SIGKILL')
  return lines
}

/** What was begun and what was acknowledged, by what it is. */
class Ledger {
  readonly #lines: ReadonlySet<string>

  constructor(lines: readonly string[]) {
    this.#lines = new Set(lines)
  }

  began(what: string, name: string): boolean {
    return this.#lines.has(`began ${what} ${name}`)
  }

  done(what: string, name: string): boolean {
    return this.#lines.has(`done ${what} ${name}`)
  }

  names(moment: 'began' | 'done', what: string): string[] {
    const start = `${moment} ${what} `
    return [...this.#lines].flatMap((line) =>
      line.startsWith(start) ? line.slice(start.length) : [],
    )
  }
}

async function expectWhole(db: Database, lines: readonly string[]): Promise<void> {
  const ledger = new Ledger(lines)
  await expectLots(db, ledger)
  await expectCells(db, ledger)
  await expectMoney(db, ledger)
}

async function expectLots({ system }: Database, ledger: Ledger): Promise<void> {
  const groups = await system.aggregate(members, {
    groupBy: ['lot'],
    count: true,
    min: ['stamp'],
    max: ['stamp'],
  })
  for (const { lot, count, min, max } of groups) {
    expect({ lot, count }).toEqual({ lot, count: LOT_SIZE })
    expect({ lot, stamp: min.stamp }).toEqual({ lot, stamp: max.stamp })
    expect(ledger.began('made', lot), lot).toBe(true)
    expect(ledger.done('gone', lot), lot).toBe(false)
    if (ledger.done('stamped', lot)) expect(min.stamp, lot).toBeGreaterThan(0)
  }
  const there = new Set(groups.map(({ lot }) => lot))
  const missing = ledger
    .names('done', 'made')
    .filter((lot) => !there.has(lot) && !ledger.began('gone', lot))
  expect(missing).toEqual([])
}

async function expectCells({ system }: Database, ledger: Ledger): Promise<void> {
  const { items } = await system.list(cells, { limit: 1000 })
  const last = (moment: 'began' | 'done', worker: string) =>
    ledger
      .names(moment, 'set')
      .filter((name) => name.startsWith(`${worker} `))
      .reduce((most, name) => Math.max(most, Number(name.slice(worker.length + 1))), 0)
  for (const { worker, value } of items) {
    expect(value).toBeGreaterThanOrEqual(last('done', worker))
    expect(value).toBeLessThanOrEqual(last('began', worker))
  }
  const there = new Set(items.map(({ worker }) => worker))
  const missing = ledger
    .names('done', 'set')
    .filter((name) => !there.has(name.slice(0, name.lastIndexOf(' '))))
  expect(missing).toEqual([])
}

async function expectMoney({ system }: Database, ledger: Ledger): Promise<void> {
  const [sums] = await system.aggregate(accounts, { sum: ['balance'] })
  expect(sums?.sum.balance).toBe(0)
  const paid = new Set<string>()
  for await (const { name } of system.stream(transfers)) {
    expect(paid.has(name), name).toBe(false)
    paid.add(name)
    expect(ledger.began('paid', name), name).toBe(true)
  }
  expect(ledger.names('done', 'paid').filter((name) => !paid.has(name))).toEqual([])
}
