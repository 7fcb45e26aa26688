import { type AnyTable, type DataSource, id, open, ref, table, toMigrationFile } from 'plinth/data'
import type { SqlDriver } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { databases, type Fresh } from './migration-databases.ts'

const short = v.pipe(v.string(), v.maxLength(40))
const users = table('users', { id: id(), name: v.nullable(short) })
const notes = table('notes', {
  id: id(),
  by: ref(users, { onDelete: 'cascade' }),
  title: short,
  body: v.nullable(short),
})
const people = table('people', {
  id: id(),
  name: v.optional(short, 'nobody'),
  rank: v.nullable(v.number()),
})
const memos = table(
  'notes',
  {
    id: id(),
    by: ref(people, { onDelete: 'cascade' }),
    head: short,
    at: v.optional(v.number(), 1),
  },
  { indexes: [['head']], unique: [['head', 'at']] },
)
const tags = table('tags', { id: id(), note: ref(memos), name: short }, { unique: [['name']] })
const after = [people, memos, tags]
const change = {
  rename: { users: 'people', 'notes.title': 'notes.head' },
  allow: ['alter:people.name', 'drop:notes.body'],
  assumeRows: true,
}

/** Something goes wrong behind the n-th statement of a transaction: it has run, and nobody is told. */
function failing(source: DataSource, n: number): DataSource {
  const { openDriver } = source as unknown as { openDriver(options: unknown): Promise<SqlDriver> }
  let count = 0
  const faulty = {
    ...source,
    async openDriver(options: unknown): Promise<SqlDriver> {
      const driver = await openDriver(options)
      const transaction: SqlDriver['transaction'] = (work, asked) =>
        driver.transaction(async (connection) => {
          const run: typeof connection.run = async (statement, params) => {
            const result = await connection.run(statement, params)
            count += 1
            if (count === n) throw new Error('the power is gone')
            return result
          }
          return work({
            ...connection,
            run,
            savepoint: connection.savepoint.bind(connection),
            afterCommit: connection.afterCommit.bind(connection),
          })
        }, asked)
      return { ...driver, transaction }
    },
  }
  return faulty as DataSource
}

async function using<T>(
  source: DataSource,
  use: (db: Awaited<ReturnType<typeof open>>) => Promise<T>,
) {
  const db = await open(source)
  try {
    return await use(db)
  } finally {
    await db.close()
  }
}

async function prepare(fresh: Fresh) {
  const first = await using(fresh.source([users, notes]), async (db) => {
    const file = {
      name: '0001_first.sql',
      text: toMigrationFile(await db.plan({ assumeRows: true })),
    }
    await db.applyMigrations([file])
    const by = (await db.system.create(users, { name: null })).id
    await db.system.createMany(notes, [
      { by, title: 'a', body: 'gone' },
      { by, title: 'b', body: null },
    ])
    return file
  })
  return using(fresh.source(after), async (db) => {
    const second = { name: '0002_second.sql', text: toMigrationFile(await db.plan(change)) }
    return [first, second]
  })
}

describe.each(databases)(
  'a fault in a migration on $name',
  ({ name, fresh: freshDatabase, transactional }) => {
    it('at any statement leaves what the next run completes', { timeout: 240_000 }, async () => {
      const fresh = await freshDatabase()
      const files = await prepare(fresh)
      let faults = 0
      // Opening PGlite takes a second.
      const step = name === 'PGlite' ? 6 : 1
      for (let n = 1; ; n += step) {
        // Where each run gets further than the one before, the same place is near its beginning.
        const place = transactional ? n : 8 + (n % 7)
        const failed = await using(failing(fresh.source(after as AnyTable[]), place), (db) =>
          db.applyMigrations(files).then(
            () => undefined,
            (error: Error) => error,
          ),
        )
        if (!failed) break
        faults += 1
        expect(failed.message).toContain('the power is gone')
      }
      expect(faults).toBeGreaterThan(3)
      await using(fresh.source(after), async (db) => {
        expect(await db.applyMigrations(files)).toEqual([])
        expect(await db.migrationStatus(files)).toMatchObject({
          pending: [],
          differences: [],
          notes: [],
        })
        expect((await db.system.list(people)).items).toMatchObject([{ name: 'nobody', rank: null }])
        expect((await db.system.list(memos, { orderBy: { head: 'asc' } })).items).toMatchObject([
          { head: 'a', at: 1 },
          { head: 'b', at: 1 },
        ])
      })
    })
  },
)
