import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SqlDriver } from 'plinth/data/sqlite'
import { expect, onTestFinished } from 'vitest'
import { openDriver, sql } from './support.ts'

const script = fileURLToPath(new URL('./writer-process.ts', import.meta.url))

/** Makes the tables that `writer-process.ts` writes to. */
export async function preparePairs(file: string): Promise<void> {
  const driver = await openDriver({ file })
  await driver.transaction((connection) => {
    connection.run(sql('CREATE TABLE pairs (id TEXT NOT NULL, half INTEGER) STRICT'), [])
    connection.run(sql('CREATE TABLE counter (value INTEGER) STRICT'), [])
    connection.run(sql('INSERT INTO counter (value) VALUES (0)'), [])
  })
  await driver.close()
}

export interface WriterProcess {
  readonly process: ChildProcess
  readonly lines: string[]
  /** Resolves when the process has ended and all its lines are read. */
  readonly ended: Promise<void>
}

export function spawnWriter(
  file: string,
  { name, count }: { name: string; count: number },
): WriterProcess {
  const child = spawn(process.execPath, [script, file, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return { process: child, lines, ended: once(reader, 'close').then(() => undefined) }
}

async function pairsIn(driver: SqlDriver): Promise<Map<unknown, unknown>> {
  const query = sql('SELECT id, count(*) AS halves FROM pairs GROUP BY id')
  const { rows } = await driver.read(query, [])
  return new Map(rows.map(([id, halves]) => [id, halves]))
}

async function counterIn(driver: SqlDriver): Promise<unknown> {
  return (await driver.read(sql('SELECT value FROM counter'), [])).rows[0]?.[0]
}

/** Every transaction that was acknowledged is there, none is there in part, and the file is sound. */
export async function expectWhole(file: string, lines: readonly string[]): Promise<void> {
  const driver = await openDriver({ file })
  const pairs = await pairsIn(driver)
  const stored = lines.filter((line) => line.startsWith('stored '))
  const missing = stored.filter((line) => pairs.get(line.slice('stored '.length)) !== 2)
  expect(missing).toEqual([])
  expect([...pairs].filter(([, halves]) => halves !== 2)).toEqual([])
  expect(await counterIn(driver)).toBe(pairs.size)
  const { rows } = await driver.read(sql('PRAGMA integrity_check'), [])
  expect(rows).toEqual([['ok']])
  await driver.close()
}
