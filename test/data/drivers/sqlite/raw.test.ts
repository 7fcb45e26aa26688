import type { RawSql } from 'plinth/data'
import type { SqlDriver } from 'plinth/data/sqlite'
import { describe, expect, it } from 'vitest'
import { IDS, openNotes, sql } from './support.ts'

type Outcome = Awaited<ReturnType<RawSql['run']>>

function run(driver: SqlDriver, text: string, params: readonly unknown[] = []): Promise<Outcome> {
  return driver.transaction(async ({ raw }) => {
    if (!raw) throw new Error('SQLite takes raw statements')
    return raw.run(text, params)
  })
}

describe.each(['better-sqlite3', 'node'] as const)('raw statements on %s', (engine) => {
  it('answer with rows by name, and count what they change', async () => {
    const driver = await openNotes({ engine })
    const insert = 'INSERT INTO notes (id, size) VALUES (?, ?), (?, ?)'
    const params = ['a', 1, 'b', 2n ** 60n + 1n]
    expect(await run(driver, insert, params)).toEqual({ rows: [], changes: 2 })
    expect(await run(driver, 'SELECT size AS "the size", id FROM notes ORDER BY id')).toEqual({
      rows: [
        { 'the size': 1, id: 'a' },
        { 'the size': 2n ** 60n + 1n, id: 'b' },
      ],
      changes: 0,
    })
    expect(await run(driver, 'DELETE FROM notes WHERE id = ? RETURNING id', ['a'])).toEqual({
      rows: [{ id: 'a' }],
      changes: 1,
    })
    expect(await run(driver, 'SELECT id FROM notes WHERE false')).toEqual({ rows: [], changes: 0 })
  })

  it('see changes of structure made by others of their transaction', async () => {
    const driver = await openNotes({ engine })
    const columns = await driver.transaction(async ({ raw }) => {
      await raw?.run('INSERT INTO notes (id) VALUES (?)', ['a'])
      await raw?.run('SELECT * FROM notes', [])
      await raw?.run('ALTER TABLE notes ADD COLUMN more TEXT', [])
      const found = await raw?.run('SELECT * FROM notes', [])
      return Object.keys(found?.rows[0] ?? {})
    })
    expect(columns).toEqual(['id', 'size', 'more'])
  })

  it('cannot undo what others have in the same commit', async () => {
    const driver = await openNotes({ engine })
    const kept = run(driver, 'INSERT INTO notes (id) VALUES (?)', ['kept'])
    const hostile = ['ROLLBACK', 'COMMIT', "INSERT OR ROLLBACK INTO notes (id) VALUES ('kept')"]
    const refused = hostile.map((text) => run(driver, text))
    for (const work of refused) await expect(work).rejects.toMatchObject({ code: 'misuse' })
    await kept
    expect((await driver.read(sql(IDS), [])).rows).toEqual([['kept']])
  })

  it('run only within their transaction', async () => {
    const driver = await openNotes({ engine })
    const raw = await driver.transaction(async (connection) => connection.raw)
    expect(() => raw?.run('SELECT 1', [])).toThrow('ended')
  })
})
