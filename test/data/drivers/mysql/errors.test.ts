import { describe, expect, it } from 'vitest'
import type { SqlDriver } from '../../../../src/data/drivers/sql/driver.ts'
import { hasMariadb } from '../../servers.ts'
import { elsewhere, openDriver, sql, useFreshDatabase } from './support.ts'

const TABLES = [
  'CREATE TABLE parents (id char(36) PRIMARY KEY)',
  'CREATE TABLE rows1 (id char(36) PRIMARY KEY, parent char(36) REFERENCES parents (id), title varchar(5), ' +
    'size bigint NOT NULL, at datetime(3), CHECK (size >= 0), UNIQUE KEY `rows1.parent~0f.unique` (parent, title))',
  "INSERT INTO parents VALUES ('p'), ('lonely')",
  "INSERT INTO rows1 VALUES ('a', 'p', 'one', 1, NULL)",
].join('; ')

async function attempt(text: string, params: readonly unknown[] = []): Promise<unknown> {
  const driver = await openDriver()
  await elsewhere(TABLES)
  return failure(driver, text, params)
}

function failure(driver: SqlDriver, text: string, params: readonly unknown[]): Promise<unknown> {
  return driver
    .transaction((connection) => connection.run(sql(text), params))
    .then(
      () => 'done',
      (error) => error,
    )
}

const INSERT = 'INSERT INTO rows1 (id, parent, title, size) VALUES (?, ?, ?, ?)'

describe.skipIf(!(await hasMariadb()))('an error of the server', () => {
  useFreshDatabase()

  it('names the columns of a unique key that is taken', async () => {
    expect(await attempt(INSERT, ['a', null, null, 1])).toMatchObject({
      code: 'conflict',
      status: 409,
      message: 'A row with this id exists.',
      details: { columns: ['id'] },
    })
  })

  it('names the columns of a key whose name does not tell them', async () => {
    expect(await attempt(INSERT, ['b', 'p', 'one', 1])).toMatchObject({
      code: 'conflict',
      details: { columns: ['parent', 'title'] },
    })
  })

  it.each<[string, string, readonly unknown[], object]>([
    ['a missing row', INSERT, ['b', 'nobody', 'x', 1], { code: 'invalid_reference', status: 409 }],
    [
      'a row still referred to',
      'DELETE FROM parents WHERE id = ?',
      ['p'],
      { code: 'invalid_reference', status: 409 },
    ],
    [
      'a value that is required',
      INSERT,
      ['b', 'p', 'x', null],
      { code: 'invalid_values', details: { issues: [{ path: 'size' }] } },
    ],
    [
      'text that is too long',
      INSERT,
      ['b', 'p', 'longer', 1],
      { code: 'invalid_values', details: { issues: [{ path: 'title' }] } },
    ],
    [
      'a value of another type',
      INSERT,
      ['b', 'p', 'x', 'many'],
      { code: 'invalid_values', details: { issues: [{ path: 'size' }] } },
    ],
    [
      'a date that there is not',
      "UPDATE rows1 SET at = '2021-02-30'",
      [],
      { code: 'invalid_values', details: { issues: [{ path: 'at' }] } },
    ],
    ['a broken check', INSERT, ['b', 'p', 'x', -1], { code: 'invalid_values', status: 422 }],
    ['a bigint beyond 64 bits', INSERT, ['b', 'p', 'x', 2n ** 64n], { code: 'invalid_values' }],
    [
      'a sum beyond 64 bits',
      'UPDATE rows1 SET size = size + ?',
      [2n ** 63n - 1n],
      { code: 'out_of_range', status: 422 },
    ],
    [
      'a missing table',
      'INSERT INTO nothing VALUES (1)',
      [],
      { code: 'misuse', message: expect.stringContaining('has migrate() been run?') },
    ],
    [
      'a missing column',
      'UPDATE rows1 SET nothing = 1',
      [],
      { code: 'misuse', message: expect.stringContaining('column "nothing"') },
    ],
    ['a mistake in SQL', 'SELEKT secret', [], { code: 'misuse', status: 500 }],
  ])('of %s has its code', async (_, text, params, expected) => {
    const error = await attempt(text, params)
    expect(error).toMatchObject({ name: 'PlinthError', ...expected })
  })

  it('keeps SQL and values out of its message', async () => {
    const failures = [
      await attempt(INSERT, ['a', null, 'hush!', 1]),
      await failure(await openDriver(), INSERT, ['b', 'hidden', 'hush!', 1]),
      await failure(await openDriver(), "SELECT 'hidden' FROM", []),
      await failure(await openDriver(), INSERT, ['b', 'p', 'hush!hush!', 1]),
    ]
    for (const error of failures) {
      expect(error).toBeInstanceOf(Error)
      expect(JSON.stringify([String(error), error])).not.toMatch(/hush|hidden|INSERT|SELECT/)
    }
  })

  it('has the original as its private cause', async () => {
    expect(await attempt(INSERT, ['a', null, null, 1])).toMatchObject({
      cause: { errno: 1062, code: 'ER_DUP_ENTRY' },
    })
  })
})
