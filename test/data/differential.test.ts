import fc from 'fast-check'
import { type AnyTable, type Database, type DataSource, type ListQuery, open } from 'plinth/data'
import { mysql } from 'plinth/data/mysql'
import { pglite } from 'plinth/data/pglite'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aggregated, listed, matching, type Query, sorted } from './differential/evaluator.ts'
import { aggregates, distincts, filters, lists, patches } from './differential/queries.ts'
import {
  type Data,
  dataOf,
  type Row,
  type TableName,
  type World,
  worlds,
} from './differential/world.ts'
import { freshMariadb, freshPglite, freshPostgres, hasMariadb, hasPostgres } from './servers.ts'

// The same seed on each database: what agrees with the evaluator agrees with every other database.

const SEED = 20_260_717
const SCHEMAS = 5

interface Place {
  readonly name: string
  readonly there: boolean
  /** How many of the cases: servers take their time. */
  readonly cases: number
  readonly source: (tables: readonly AnyTable[]) => Promise<DataSource>
}

const places: readonly Place[] = [
  { name: 'SQLite', there: true, cases: 60, source: async (tables) => sqlite(':memory:', tables) },
  {
    name: 'PGlite',
    there: true,
    cases: 20,
    source: async (tables) => pglite(await freshPglite(), tables),
  },
  {
    name: 'PostgreSQL',
    there: await hasPostgres(),
    cases: 20,
    source: async (tables) => postgres(await freshPostgres(), tables),
  },
  {
    name: 'MariaDB',
    there: await hasMariadb(),
    cases: 20,
    source: async (tables) => mysql(await freshMariadb(), tables),
  },
]

const drawn: readonly World[] = fc.sample(worlds, { seed: SEED, numRuns: SCHEMAS })
const tableNames: readonly TableName[] = ['first', 'second', 'between']

describe.each(places)('generated schemas on $name', ({ there, cases, source }) => {
  it.skipIf(!there)(
    'answer generated queries as every other database',
    { timeout: 300_000 },
    async () => {
      const db = await open(await source(drawn.flatMap(({ tables }) => Object.values(tables))))
      onTestFinished(() => db.close())
      await db.migrate()
      for (const [at, world] of drawn.entries()) {
        const questions = fc.array(questionsOf(world), { minLength: 5, maxLength: 12 })
        await fc.assert(
          fc.asyncProperty(
            dataOf(world),
            questions,
            writesOf(world),
            async (data, asked, write) => {
              await fill(db, world, data)
              for (const ask of asked) await ask(db, data)
              await write(db, data)
            },
          ),
          { seed: SEED + at, numRuns: cases, endOnFailure: true },
        )
      }
    },
  )
})

type Ask = (db: Database, data: Data) => Promise<void>

/** Of both tables; the second has more relations. */
function ofBoth(ask: (name: TableName) => fc.Arbitrary<Ask>): fc.Arbitrary<Ask> {
  return fc.oneof({ weight: 1, arbitrary: ask('first') }, { weight: 2, arbitrary: ask('second') })
}

function questionsOf(world: World): fc.Arbitrary<Ask> {
  return ofBoth((name) => {
    const on = world.tables[name]
    const pages = fc.oneof({ weight: 3, arbitrary: lists(world, name) }, distincts(world, name))
    return fc.oneof(
      {
        weight: 4,
        arbitrary: pages.map((query) =>
          shown({ name, query }, async (db, data) => {
            expect(await allPages(db, on, query)).toEqual(listed({ world, data }, name, query))
          }),
        ),
      },
      lists(world, name, 1).map((query) =>
        shown({ name, first: query }, async (db, data) => {
          const { limit: _, ...one } = query
          const [expected = null] = listed({ world, data }, name, one)
          expect(await db.system.first(on, one as never)).toEqual(expected)
        }),
      ),
      filters(world, name, 3).map((where) =>
        shown({ name, count: where }, async (db, data) => {
          const expected = matching({ world, data }, name, where)
          expect(await db.system.count(on, where)).toBe(expected.length)
          expect(await db.system.exists(on, where)).toBe(expected.length > 0)
        }),
      ),
      {
        weight: 2,
        arbitrary: aggregates(world, name).map((query) =>
          shown({ name, aggregate: query }, async (db, data) => {
            const answer = await db.system.aggregate(on, { ...query, count: true } as never)
            expect(rounded(answer)).toEqual(rounded(aggregated({ world, data }, name, query)))
          }),
        ),
      },
    )
  })
}

function writesOf(world: World): fc.Arbitrary<Ask> {
  return ofBoth((name) => {
    const on = world.tables[name]
    const rest = async (db: Database) => (await db.system.list(on, { limit: 1000 })).items
    return fc
      .tuple(filters(world, name), patches(world, name), fc.boolean())
      .map(([where, patch, remove]) =>
        shown({ name, where, patch, remove }, async (db, data) => {
          const met = new Set(matching({ world, data }, name, where))
          const count = remove
            ? await db.system.deleteMany(on, where)
            : await db.system.updateMany(on, where, patch)
          expect(count).toBe(met.size)
          const gone = new Set([...met].map((row) => row['id']))
          const left = remove
            ? data[name]
                .filter((row) => !met.has(row))
                .map((row) => withoutReferences(row, name, gone))
            : data[name].map((row) => (met.has(row) ? { ...row, ...patch } : row))
          expect(await rest(db)).toEqual(sorted(left))
        }),
      )
  })
}

/** Rows of a table refer to each other by `up` only; what they refer to no more is null. */
function withoutReferences(row: Row, name: TableName, gone: ReadonlySet<unknown>): Row {
  return name === 'second' && gone.has(row['up']) ? { ...row, up: null } : row
}

/** A question that says what it asks when it fails. */
function shown(what: object, ask: Ask): Ask {
  const text = () =>
    JSON.stringify(what, (_, each) => (typeof each === 'bigint' ? `${each}n` : each))
  return Object.assign(ask, { toString: text, [fc.toStringMethod]: text })
}

async function fill(db: Database, { tables }: World, data: Data): Promise<void> {
  await db.system.transaction(async (tx) => {
    for (const name of [...tableNames].reverse()) await tx.deleteMany(tables[name], {})
    for (const name of tableNames) await tx.createMany(tables[name], data[name] as never)
  })
}

async function allPages(db: Database, on: AnyTable, query: Query): Promise<unknown[]> {
  const rows: unknown[] = []
  let cursor: string | undefined
  do {
    const asked = { ...query, cursor } as unknown as ListQuery<AnyTable>
    const page = await db.system.list(on, asked)
    expect(page.items.length).toBeLessThanOrEqual(query.limit ?? 50)
    rows.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return rows
}

/** Averages agree in their first digits. */
function rounded(rows: readonly object[]): unknown {
  return rows.map((row) => {
    const avg = (row as { avg?: Record<string, number | null> }).avg
    if (!avg) return row
    const digits = Object.entries(avg).map(([name, value]) => [name, value?.toPrecision(10)])
    return { ...row, avg: Object.fromEntries(digits) }
  })
}
