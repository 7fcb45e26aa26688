import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expectWhole, preparePairs, spawnWriter } from './spawn-writer.ts'
import {
  IDS,
  INSERT,
  idsIn,
  openDriver,
  openNotes,
  PATIENT,
  sql,
  temporaryFile,
  turn,
} from './support.ts'

describe('several processes writing one file', () => {
  it('all succeed, and no step of a counter is lost', async () => {
    const file = temporaryFile()
    await preparePairs(file)
    const names = ['a', 'b', 'c', 'd']
    const children = names.map((name) => spawnWriter(file, { name, count: 100 }))
    await Promise.all(children.map(({ ended }) => ended))
    const lines = children.flatMap((child) => child.lines)
    expect(lines.filter((line) => line.startsWith('failed'))).toEqual([])
    expect(lines.filter((line) => line.startsWith('stored'))).toHaveLength(400)
    await expectWhole(file, lines)
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
    await expectWhole(file, child.lines)
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
    await driver.transaction((connection) => connection.run(sql(INSERT), ['b', 1]), PATIENT)
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
