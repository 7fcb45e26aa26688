import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import type { Driver } from 'plinth/data'
import { describe, expect, it, onTestFinished } from 'vitest'
import { IDS, INSERT, idsIn, openDriver, openNotes, sql, temporaryFile, turn } from './support.ts'

const script = fileURLToPath(new URL('./writer-process.ts', import.meta.url))

async function preparePairs(file: string): Promise<void> {
  const driver = await openDriver({ file })
  await driver.transaction((connection) => {
    connection.run(sql('CREATE TABLE pairs (id TEXT NOT NULL, half INTEGER) STRICT'), [])
    connection.run(sql('CREATE TABLE counter (value INTEGER) STRICT'), [])
    connection.run(sql('INSERT INTO counter (value) VALUES (0)'), [])
  })
  await driver.close()
}

interface Child {
  readonly process: ChildProcess
  readonly lines: string[]
  /** Resolves when the process has ended and all its lines are read. */
  readonly ended: Promise<void>
}

function spawnWriter(file: string, { name, count }: { name: string; count: number }): Child {
  const child = spawn(process.execPath, [script, file, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return { process: child, lines, ended: once(reader, 'close').then(() => undefined) }
}

async function pairsIn(driver: Driver): Promise<Map<unknown, unknown>> {
  const query = sql('SELECT id, count(*) AS halves FROM pairs GROUP BY id')
  const { rows } = await driver.read(query, [])
  return new Map(rows.map(({ id, halves }) => [id, halves]))
}

async function counterIn(driver: Driver): Promise<unknown> {
  return (await driver.read(sql('SELECT value FROM counter'), [])).rows[0]?.['value']
}

describe('several processes writing one file', () => {
  it('all succeed, and no step of a counter is lost', async () => {
    const file = temporaryFile()
    await preparePairs(file)
    const names = ['a', 'b', 'c', 'd']
    const children = names.map((name) => spawnWriter(file, { name, count: 100 }))
    await Promise.all(children.map(({ ended }) => ended))
    const lines = children.flatMap((child) => child.lines)
    expect(lines.filter((line) => line.startsWith('failed'))).toEqual([])
    const driver = await openDriver({ file })
    expect([...(await pairsIn(driver)).values()]).toEqual(Array(400).fill(2))
    expect(await counterIn(driver)).toBe(400)
  })
})

describe('a process killed under write load', () => {
  it.each([1, 2, 3])('loses nothing acknowledged and leaves nothing half, kill %i', async (n) => {
    const file = temporaryFile()
    await preparePairs(file)
    const child = spawnWriter(file, { name: 'a', count: 1_000_000 })
    while (child.lines.length < 40 * n) await turn()
    child.process.kill('SIGKILL')
    await child.ended
    const stored = child.lines.filter((line) => line.startsWith('stored'))
    expect(stored.length).toBeGreaterThan(0)
    const driver = await openDriver({ file })
    const pairs = await pairsIn(driver)
    for (const line of stored) expect(pairs.get(line.slice('stored '.length))).toBe(2)
    expect(new Set(pairs.values())).toEqual(new Set([2]))
    expect(await counterIn(driver)).toBe(pairs.size)
    const { rows } = await driver.read(sql('PRAGMA integrity_check'), [])
    expect(rows).toEqual([{ integrity_check: 'ok' }])
  })
})

describe('a lock that another process holds', () => {
  const hold = (file: string): Database.Database => {
    const other = new Database(file)
    onTestFinished(() => void other.close())
    other.exec('BEGIN IMMEDIATE')
    return other
  }

  it('is waited for without stopping the event loop or the readers', async () => {
    const file = temporaryFile()
    const driver = await openNotes({ file })
    const other = hold(file)
    let settled = false
    const waiting = driver.transaction((connection) => connection.run(sql(INSERT), ['a', 1]))
    const end = waiting.finally(() => {
      settled = true
    })
    for (let count = 0; count < 200; count += 1) {
      await turn()
      expect(driver.read(sql(IDS), [])).toMatchObject({ rows: [] })
    }
    expect(settled).toBe(false)
    other.exec('COMMIT')
    await end
    expect(await idsIn(driver)).toEqual(['a'])
  })

  it('ends as busy when it outlasts the time, and the next one succeeds', async () => {
    const file = temporaryFile()
    const driver = await openNotes({ file, timeout: 60 })
    const other = hold(file)
    const waiting = driver.transaction((connection) => connection.run(sql(INSERT), ['a', 1]))
    await expect(waiting).rejects.toMatchObject({ code: 'busy', status: 503 })
    other.exec('COMMIT')
    await driver.transaction((connection) => connection.run(sql(INSERT), ['b', 1]))
    expect(await idsIn(driver)).toEqual(['b'])
  })

  it('does not keep a second process from opening the file', async () => {
    const file = temporaryFile()
    await openNotes({ file })
    const other = hold(file)
    const opening = openDriver({ file })
    await turn(20)
    other.exec('COMMIT')
    expect(await idsIn(await opening)).toEqual([])
  })
})
