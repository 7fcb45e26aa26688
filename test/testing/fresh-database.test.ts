import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { id, open, table } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { freshDatabase } from 'plinth/testing'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  hasMariadb,
  hasPostgres,
  mysqlUrl,
  onMariadb,
  onPostgres,
  postgresUrl,
} from '../data/servers.ts'

const notes = table('notes', { id: id(), title: v.string() })

const places: [name: string, on: string | undefined, there: boolean][] = [
  ['SQLite in memory', undefined, true],
  ['SQLite in a file', 'file', true],
  ['PGlite', 'pglite', true],
  ['PostgreSQL', postgresUrl, await hasPostgres()],
  ['MariaDB', mysqlUrl, await hasMariadb()],
]

for (const [name, on, there] of places) {
  describe.skipIf(!there)(`a fresh database on ${name}`, () => {
    it('is nobody else’s, and is gone afterwards', async () => {
      const before = await leftovers()
      const fresh = [0, 1].map(() => freshDatabase([notes], on === undefined ? {} : { on }))
      const opened = await Promise.all(fresh.map((source) => open(source)))
      for (const db of opened) await db.migrate()
      await opened[0]?.system.create(notes, { title: 'Mine' })
      expect(await Promise.all(opened.map((db) => db.system.count(notes)))).toEqual([1, 0])
      for (const db of opened) await db.close()
      for (const source of fresh) await source.remove()
      expect(await leftovers()).toEqual(before)
    }, 120_000)
  })
}

describe('a fresh database', () => {
  it('has the tables of the source that is served', async () => {
    await using data = freshDatabase(sqlite('/nowhere/notes.db', [notes]))
    expect(data.tables).toEqual([notes])
    const db = await open(data)
    await db.migrate()
    expect(await db.system.count(notes)).toBe(0)
    await db.close()
  })

  it('is removed at the end of its block, opened or not', async () => {
    const before = await leftovers()
    {
      await using data = freshDatabase([notes], { on: 'file' })
      const db = await open(data)
      await db.migrate()
      await db.close()
      await using unused = freshDatabase([notes], { on: 'file' })
      expect(unused.tables).toHaveLength(1)
      expect(await leftovers()).not.toEqual(before)
    }
    expect(await leftovers()).toEqual(before)
  })

  it('can be opened twice, as after a restart', async () => {
    await using data = freshDatabase([notes], { on: 'file' })
    const first = await open(data)
    await first.migrate()
    await first.system.create(notes, { title: 'Kept' })
    await first.close()
    const second = await open(data)
    expect(await second.system.count(notes)).toBe(1)
    await second.close()
  })

  it('names what it does not know', () => {
    expect(() => freshDatabase([notes], { on: 'redis://127.0.0.1' })).toThrow(
      /^freshDatabase\(\{ on \}\): is "redis:/,
    )
    expect(() => freshDatabase([notes], { at: 'file' } as object)).toThrow(/option "at" is unknown/)
  })
})

/** What tests of this file may have left behind. */
async function leftovers(): Promise<unknown> {
  const names =
    "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'plinth_fresh%'"
  return {
    files: readdirSync(tmpdir()).filter((file) => file.startsWith('plinth-fresh-')),
    postgres: (await hasPostgres()) && (await onPostgres(names)),
    mariadb: (await hasMariadb()) && (await onMariadb(names)),
  }
}
