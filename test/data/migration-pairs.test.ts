import * as fc from 'fast-check'
import {
  type AnyTable,
  type ColumnInput,
  type Database,
  id,
  type MigrationFile,
  type MigrationOptions,
  type MigrationPlan,
  open,
  type ReferencedTable,
  ref,
  table,
  timestamp,
  toMigrationFile,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { databases, type Fresh } from './migration-databases.ts'

// Random pairs of schemas with rows: whatever is allowed by name leads from one to the other, after
// which nothing differs, no row is missing, and what is the same column holds the same values.

const TABLES = ['ants', 'bees', 'cats'] as const
const COLUMNS = ['a', 'b', 'c', 'd'] as const
const KINDS = ['text', 'short', 'integer', 'real', 'boolean', 'instant', 'json', 'bytes'] as const

type Kind = (typeof KINDS)[number]
type TableName = (typeof TABLES)[number]

interface ColumnPlan {
  readonly kind: Kind | 'reference'
  readonly nullable: boolean
  readonly to: TableName
  readonly onDelete: 'restrict' | 'cascade' | 'set null'
  readonly indexed: 'no' | 'index' | 'unique'
}

type TablePlan = Partial<Record<(typeof COLUMNS)[number], ColumnPlan>>
type SchemaPlan = Partial<Record<TableName, TablePlan>>

const columnPlan: fc.Arbitrary<ColumnPlan> = fc.record({
  kind: fc.oneof(fc.constantFrom(...KINDS), fc.constant('reference' as const)),
  nullable: fc.boolean(),
  to: fc.constantFrom(...TABLES),
  onDelete: fc.constantFrom('restrict', 'cascade', 'set null'),
  indexed: fc.constantFrom('no', 'no', 'index', 'unique'),
})

const tablePlan: fc.Arbitrary<TablePlan> = fc.record(
  Object.fromEntries(COLUMNS.map((name) => [name, columnPlan])),
  { requiredKeys: [] },
)

const schemaPlan: fc.Arbitrary<SchemaPlan> = fc
  .record(Object.fromEntries(TABLES.map((name) => [name, tablePlan])), { requiredKeys: [] })
  .map((plan) => resolved(plan as SchemaPlan))

/** A reference to a table that there is not becomes text. */
function resolved(plan: SchemaPlan): SchemaPlan {
  const tables = Object.entries(plan).map(([name, columns]) => {
    const entries = Object.entries(columns).map(([column, one]) => {
      const missing = one.kind === 'reference' && !plan[one.to]
      const kind = missing ? 'short' : one.kind
      // A default would be the same for all rows.
      return [column, { ...one, kind, nullable: one.nullable || one.indexed === 'unique' }]
    })
    return [name, Object.fromEntries(entries)]
  })
  return Object.fromEntries(tables)
}

function tablesOf(plan: SchemaPlan): Map<TableName, AnyTable> {
  const made = new Map<TableName, AnyTable>()
  for (const name of TABLES) {
    const columns = plan[name]
    if (!columns) continue
    const entries = Object.entries(columns).map(([column, one]) => [column, columnOf(one, made)])
    const listed = Object.entries(columns)
    const pick = (indexed: string): string[][] =>
      listed
        .filter(([, one]) => one.indexed === indexed && isIndexable(one))
        .map(([column]) => [column])
    made.set(
      name,
      table(name, { id: id(), ...Object.fromEntries(entries) } as Record<string, ColumnInput>, {
        indexes: pick('index'),
        unique: pick('unique').filter(([column = '']) => (columns as never)[column] !== undefined),
      }) as AnyTable,
    )
  }
  return made
}

const isIndexable = ({ kind }: ColumnPlan): boolean =>
  ['short', 'integer', 'instant', 'reference'].includes(kind)

function columnOf(one: ColumnPlan, made: ReadonlyMap<TableName, AnyTable>): ColumnInput {
  if (one.kind === 'reference') {
    return ref((): ReferencedTable => made.get(one.to) as AnyTable, {
      nullable: true,
      onDelete: one.onDelete,
    })
  }
  const [schema, fallback] = SCHEMAS[one.kind]
  if (one.kind === 'instant') return timestamp({ nullable: one.nullable, default: 'now' })
  if (one.nullable || fallback === undefined) return v.nullable(schema) as ColumnInput
  return v.optional(schema, fallback as never) as ColumnInput
}

const SCHEMAS: Readonly<Record<Kind, readonly [v.GenericSchema, unknown]>> = {
  text: [v.string(), "it's \\ new;\n\n"],
  short: [v.pipe(v.string(), v.maxLength(40)), 'short'],
  integer: [v.pipe(v.number(), v.integer()), 7],
  real: [v.number(), 0.5],
  boolean: [v.boolean(), true],
  instant: [v.date(), undefined],
  json: [v.array(v.string()), ['x']],
  bytes: [v.instance(Uint8Array), undefined],
}

/** A value that no other row has, as far as the kind allows, or null where that may be. */
function sampleOf({ kind, nullable }: ColumnPlan, n: number): unknown {
  if (nullable && n % 3 === 0) return null
  const values: Readonly<Record<Kind, unknown>> = {
    text: `text ${n}`,
    short: n % 2 === 0 ? `${n}` : `s${n}`,
    integer: n * 1000,
    real: n % 2 === 0 ? n : n + 0.25,
    boolean: n % 2 === 0,
    instant: new Date(Date.UTC(2020, 0, n)),
    json: [`${n}`],
    bytes: new Uint8Array([n]),
  }
  return kind === 'reference' ? null : values[kind]
}

const ROWS = 4

async function fill(db: Database, plan: SchemaPlan, tables: ReadonlyMap<TableName, AnyTable>) {
  const ids = new Map<TableName, string[]>()
  for (const [name, made] of tables) {
    const rows: Record<string, unknown>[] = []
    for (let n = 1; n <= ROWS; n++) {
      const row = Object.entries(plan[name] ?? {}).map(([column, one]) => {
        return [column, sampleOf(one, n)]
      })
      rows.push(Object.fromEntries(row))
    }
    const created = await db.system.createMany(made, rows as never)
    ids.set(
      name,
      created.map((row) => (row as { id: string }).id),
    )
  }
  for (const [name, made] of tables) {
    for (const [column, one] of Object.entries(plan[name] ?? {})) {
      if (one.kind !== 'reference') continue
      for (const [at, key] of (ids.get(name) ?? []).entries()) {
        // One stays null; the others refer to different rows, perhaps to themselves.
        if (at === 0) continue
        await db.system.update(made, key, { [column]: ids.get(one.to)?.[at] } as never)
      }
    }
  }
}

/** The rows in order, with these columns: what others hold may not be what their type says. */
async function rowsOf(
  db: Database,
  made: AnyTable,
  columns: readonly string[],
): Promise<Record<string, unknown>[]> {
  const query = { orderBy: { id: 'asc' }, select: ['id', ...columns] }
  const { items } = await db.system.list(made, query as never)
  return items as Record<string, unknown>[]
}

async function using<T>(
  fresh: Fresh,
  tables: Iterable<AnyTable>,
  use: (db: Database) => Promise<T>,
) {
  const db = await open(fresh.source([...tables]), { clock: { now: () => 1_700_000_000_000 } })
  try {
    return await use(db)
  } finally {
    await db.close()
  }
}

const isSame = (one: ColumnPlan | undefined, other: ColumnPlan | undefined) =>
  one?.kind === other?.kind && (one?.kind !== 'reference' || one.to === other?.to)

/**
 * Allows what the refusals say could be allowed, conversions before losses, until nothing is left.
 * Undefined where rows share what is to be unique.
 */
async function allowAll(
  db: Database,
  start: readonly string[],
  asFile: boolean,
): Promise<MigrationOptions | undefined> {
  const allow = new Set<string>(start)
  for (;;) {
    const { refused } = await db.plan({ allow: [...allow], assumeRows: asFile })
    if (refused.length === 0) return { allow: [...allow] }
    const known = allow.size
    for (const reason of refused) {
      const named = [
        ...(reason.match(/alter:[\w.]+/g) ?? []),
        ...(reason.match(/drop:[\w.]+/g) ?? []),
      ]
      if (named[0] !== undefined) allow.add(named[0])
    }
    if (allow.size > known) continue
    expect(refused.filter((reason) => !/rows share values/.test(reason))).toEqual([])
    return undefined
  }
}

/** What stays in the folder of files. */
const files = new WeakMap<Database, readonly MigrationFile[]>()

/** Where the database keeps what was done, the file is cut behind it, and the next one goes on. */
async function mended(
  db: Database,
  plan: MigrationPlan,
  known: readonly MigrationFile[],
): Promise<readonly MigrationFile[]> {
  const name = `000${known.length + 1}_change.sql`
  const whole = [...known, { name, text: toMigrationFile(plan) }]
  const { failed } = await db.migrationStatus(whole)
  if (!failed) return known
  const statements = plan.steps.flatMap(({ sql, summary }) =>
    sql.map((text) => ({ summary, sql: [text] })),
  )
  const steps = statements.slice(0, failed.statement - 1)
  const cut = [...known, { name, text: toMigrationFile({ ...plan, steps }) }]
  await expect(db.applyMigrations(cut)).rejects.toMatchObject({ code: 'migration_refused' })
  return cut
}

/** False where rows share what is to be unique. */
async function migrate(
  db: Database,
  allowed: readonly string[],
  asFile: boolean,
): Promise<boolean> {
  const options = await allowAll(db, allowed, asFile)
  if (!options) return false
  if (!asFile) {
    await db.migrate(options)
    return true
  }
  const plan = await db.plan({ ...options, assumeRows: true })
  const known = files.get(db) ?? []
  try {
    const name = `000${known.length + 1}_change.sql`
    await db.applyMigrations([...known, { name, text: toMigrationFile(plan) }])
  } catch (error) {
    files.set(db, await mended(db, plan, known))
    throw error
  }
  return true
}

/** Booleans that became a unique column of numbers, where a database keeps both alike. */
function isShared(error: Error): boolean {
  expect(error.message).toContain('rows would share values')
  return false
}

/** Every column that is another one may lose its values. */
function dropsOf(from: SchemaPlan, to: SchemaPlan): string[] {
  return TABLES.flatMap((name) =>
    COLUMNS.filter((column) => from[name]?.[column] && to[name]?.[column])
      .filter((column) => !isSame(from[name]?.[column], to[name]?.[column]))
      .map((column) => `drop:${name}.${column}`),
  )
}

async function converge(fresh: Fresh, from: SchemaPlan, to: SchemaPlan, asFile: boolean) {
  const before = tablesOf(from)
  const after = tablesOf(to)
  const kept = new Map<TableName, Record<string, unknown>[]>()
  await using(fresh, before.values(), async (db) => {
    await db.migrate()
    await fill(db, from, before)
    for (const [name, made] of before)
      kept.set(name, await rowsOf(db, made, Object.keys(from[name] ?? {})))
  })
  await using(fresh, after.values(), async (db) => {
    try {
      if (!(await migrate(db, [], asFile))) return
    } catch (error) {
      // Values that cannot be converted are said to be, and may be given up.
      expect(error).toMatchObject({ code: expect.stringMatching(/^migration_/) })
      const again = await migrate(db, dropsOf(from, to), asFile).catch(isShared)
      if (!again) return
    }
    expect(await db.plan()).toMatchObject({ steps: [], refused: [] })
    for (const [name, made] of after) {
      const rows = kept.get(name)
      const same = COLUMNS.filter(
        (column) => to[name]?.[column] && isSame(from[name]?.[column], to[name]?.[column]),
      )
      if (rows) expectKept(rows, await rowsOf(db, made, same), same)
    }
  })
  const counted = [...before.keys()].map((name) => table(name, { id: id() }))
  await using(fresh, counted, async (db) => {
    for (const one of counted) expect(await db.system.count(one)).toBe(ROWS)
  })
}

function expectKept(
  before: readonly Record<string, unknown>[],
  after: readonly Record<string, unknown>[],
  same: readonly string[],
) {
  expect(after.map((row) => row['id'])).toEqual(before.map((row) => row['id']))
  for (const column of same) {
    for (const [at, row] of after.entries()) {
      const old = before[at]?.[column]
      // What was null has got the default where null is not allowed any more.
      if (old !== null) expect(row[column]).toEqual(old)
    }
  }
}

const RUNS = { SQLite: 40, PGlite: 2, PostgreSQL: 12, MariaDB: 8 } as const

describe.each(databases)('random pairs of schemas on $name', ({ name, fresh }) => {
  it('converge to no difference and lose no row', { timeout: 300_000 }, async () => {
    const pair = fc.tuple(schemaPlan, schemaPlan, fc.boolean())
    await fc.assert(
      fc.asyncProperty(pair, async ([from, to, asFile]) => {
        await converge(await fresh(), from, to, asFile)
      }),
      { numRuns: Number(process.env['PLINTH_PAIRS'] ?? RUNS[name]), endOnFailure: true },
    )
  })
})
