import * as fc from 'fast-check'
import { type ColumnInput, id, open, table, toMigrationFile } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { databases, type Fresh } from './migration-databases.ts'

/** Text that is hard to quote, and to find the end of a statement behind. */
const piece = fc.constantFrom(
  ...[
    "'",
    '"',
    '`',
    '\\',
    ';',
    ';\n\n',
    '\n',
    '\r\n',
    '--',
    '/*',
    '*/',
    '$$',
    '$x$',
    '?',
    '$1',
    '%',
    ':a',
  ],
)
const text = fc.oneof(
  fc.array(fc.oneof(piece, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 12 }),
  fc.array(piece, { maxLength: 6 }),
)
const fallback = text
  .map((parts) => parts.join(''))
  .filter((one) => !one.includes('\0') && one.isWellFormed())

/** A row that is there gets these defaults, by a file. */
async function defaultsBy(fresh: Fresh, list: readonly string[]): Promise<unknown[]> {
  const bare = table('notes', { id: id() })
  const first = await open(fresh.source([bare]))
  await first.migrate()
  await first.system.create(bare, {})
  await first.close()
  const entries = list.map((one, n): [string, ColumnInput] => [
    `c${n}`,
    v.optional(v.string(), one),
  ])
  const wide = table('notes', { id: id(), ...Object.fromEntries(entries) })
  const db = await open(fresh.source([wide]))
  try {
    const file = toMigrationFile(await db.plan({ assumeRows: true }))
    await db.applyMigrations([{ name: '0001_defaults.sql', text: file }])
    const [row] = (await db.system.list(wide)).items as Record<string, unknown>[]
    return list.map((_, n) => row?.[`c${n}`])
  } finally {
    await db.close()
  }
}

const RUNS = { SQLite: 25, PGlite: 1, PostgreSQL: 8, MariaDB: 8 } as const

describe.each(databases)('defaults in files on $name', { timeout: 120_000 }, ({ name, fresh }) => {
  it('arrive as they were written in code', async () => {
    const lists = fc.array(fallback, { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(lists, async (list) => {
        expect(await defaultsBy(await fresh(), list)).toEqual(list)
      }),
      { numRuns: RUNS[name], endOnFailure: true },
    )
  })
})
