import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../servers.ts'
import { openPostgres, sql } from './support.ts'

const TABLES = [
  'CREATE TABLE users (id bigint PRIMARY KEY, "e mail" text, name text NOT NULL, UNIQUE ("e mail", name))',
  'CREATE TABLE notes (id bigint PRIMARY KEY, owner bigint REFERENCES users (id), size bigint CHECK (size > 0))',
  "INSERT INTO users VALUES (1, 'a@b', 'Ann')",
  'INSERT INTO notes VALUES (1, 1, 1)',
]

describe.skipIf(!(await hasPostgres()))('what PostgreSQL refuses', () => {
  it.each<[string, object]>([
    [
      "INSERT INTO users VALUES (1, 'secret', 'x')",
      { code: 'conflict', status: 409, details: { columns: ['id'] } },
    ],
    [
      "INSERT INTO users VALUES (2, 'a@b', 'Ann')",
      {
        code: 'conflict',
        message: 'A row with this e mail, name exists.',
        details: { columns: ['e mail', 'name'] },
      },
    ],
    ['INSERT INTO notes VALUES (2, 77, 1)', { code: 'invalid_reference', status: 409 }],
    ['DELETE FROM users', { code: 'invalid_reference', status: 409 }],
    [
      'INSERT INTO users (id) VALUES (3)',
      {
        code: 'invalid_values',
        status: 422,
        details: { issues: [{ path: 'name', message: 'A value is required.' }] },
      },
    ],
    [
      'INSERT INTO notes VALUES (4, 1, -77)',
      { code: 'invalid_values', message: 'The values break a rule of the table.' },
    ],
    ['UPDATE notes SET size = 9223372036854775807 + size', { code: 'invalid_values', status: 422 }],
    [
      "INSERT INTO users SELECT 5, string_agg(md5(n::text), ''), 'x' FROM generate_series(1, 5000) n",
      { code: 'invalid_values', message: 'A value is too large to be stored.' },
    ],
    ['SELECT 9223372036854775807 + 1', { code: 'out_of_range', status: 422 }],
    [
      'SELECT missing FROM notes',
      { code: 'misuse', message: expect.stringContaining('has migrate() been run?') },
    ],
    [
      'SELECT 1 FROM nowhere',
      { code: 'misuse', message: expect.stringContaining('relation "nowhere" does not exist') },
    ],
    ['CREATE TABLE pg_catalog.notes ()', { code: 'misuse', message: 'PostgreSQL: refused "test"' }],
    [
      "SELEC 'secret'",
      { code: 'misuse', message: 'PostgreSQL: cannot run "test" (SQLSTATE 42601)' },
    ],
  ])('by %s has its code, and tells no values', async (text, expected) => {
    const driver = await openPostgres()
    await driver.transaction(async (connection) => {
      for (const statement of TABLES) await connection.run(sql(statement), [])
    })
    const outcome = driver.transaction((connection) => connection.run(sql(text), []))
    const error = await outcome.then(
      () => undefined,
      (reason) => reason,
    )
    expect(error).toMatchObject(expected)
    expect(error.cause).toBeInstanceOf(Error)
    expect(JSON.stringify({ ...error, cause: undefined, message: error.message })).not.toMatch(
      /secret|77/,
    )
  })
})
