import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, id, open, table } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'

const notes = table('notes', { id: id(), text: v.string() })

async function openFile(): Promise<() => Promise<Database>> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-version-'))
  const opened: Database[] = []
  onTestFinished(async () => {
    await Promise.all(opened.map((database) => database.close()))
    await rm(folder, { recursive: true })
  })
  return async () => {
    const database = await open(sqlite(join(folder, 'notes.db'), [notes]))
    await database.migrate()
    opened.push(database)
    return database
  }
}

test('changes its version with each commit and only then', async () => {
  const database = await (await openFile())()
  const before = database.version()
  expect(before).toEqual(expect.any(Number))
  await database.system.list(notes)
  expect(database.version()).toBe(before)
  await database.system.create(notes, { text: 'a' })
  expect(database.version()).not.toBe(before)
})

test('changes its version when another connection commits', async () => {
  const connect = await openFile()
  const [one, other] = [await connect(), await connect()]
  const before = one.version()
  await other.system.create(notes, { text: 'a' })
  expect(one.version()).not.toBe(before)
})

test('sees a commit in the very callback that waited for it', async () => {
  const database = await (await openFile())()
  for (let round = 0; round < 20; round += 1) {
    await database.system.count(notes)
    await database.system.create(notes, { text: String(round) })
    expect(await database.system.count(notes)).toBe(round + 1)
  }
})

test('has no version in memory', async () => {
  const database = await open(sqlite(':memory:', [notes]))
  await database.migrate()
  expect(database.version()).toBeUndefined()
  await database.close()
})
