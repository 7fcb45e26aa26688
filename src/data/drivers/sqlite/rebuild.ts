import { misuse } from '../../../kernel/index.ts'
import type { MigrationStep } from '../../migrations.ts'
import { type AlterColumn, type Change, inWords } from '../sql/migrate/change.ts'
import { isOwnName } from '../sql/migrate/index-names.ts'
import type { WriteContext } from '../sql/migrate/schema-dialect.ts'
import { dialect } from './dialect.ts'
import { createIndex, createTable, literal, type TableColumn } from './table-sql.ts'

const { quote } = dialect

/** The tables with changes that ALTER TABLE cannot make. */
export function needsRebuild(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(
    changes.flatMap((change) => (BEYOND_ALTER.has(change.type) ? [String(change.table)] : [])),
  )
}

const BEYOND_ALTER = new Set<Change['type']>([
  'alter column',
  'drop column',
  'add reference',
  'drop reference',
])

/**
 * Makes a table anew with all its changes, within a transaction whose references are deferred. The
 * rows come back from a copy.
 */
export async function rebuild(
  table: string,
  changes: readonly Change[],
  context: WriteContext,
): Promise<MigrationStep> {
  const columns = columnsOf(table, changes, context)
  const copy = quote(`${table}.rows`)
  const name = quote(table)
  const list = columns.map((column) => quote(column.name)).join(', ')
  const values = columns.map(({ value }) => value).join(', ')
  const words = changes.filter(({ type }) => !/^(drop|rename) index$/.test(type)).map(inWords)
  return {
    summary: `${words.join(', ')}: by making the table anew`,
    sql: [
      `CREATE TABLE ${copy} AS SELECT * FROM ${name}`,
      ...(await dropTable(table, context)),
      createTable(table, columns),
      `INSERT INTO ${name} (${list}) SELECT ${values} FROM ${copy}`,
      `DROP TABLE ${copy}`,
      ...indexesOf(table, changes, context),
      ...(await madeByOthers(table, context)),
    ],
  }
}

/**
 * Drops a table without firing a cascade. SQLite deletes the rows first; so that no row is found to
 * refer to them by then, their keys are made to begin with NUL, as no text can.
 */
export async function dropTable(table: string, context: WriteContext): Promise<string[]> {
  const name = quote(table)
  const key = named(context.live, table).columns.find(({ primaryKey }) => primaryKey)?.name
  const drop = `DROP TABLE ${name}`
  if (key === undefined || !(await isReferred(table, context))) return [drop]
  return [`UPDATE ${name} SET ${quote(key)} = char(0) || ${quote(key)}`, drop]
}

interface CopiedColumn extends TableColumn {
  /** What the rows get, in terms of the table as it was. */
  readonly value: string
}

/** The columns of the code, in its order, and those that stay although it does not have them. */
function columnsOf(
  table: string,
  changes: readonly Change[],
  { live, wanted }: WriteContext,
): CopiedColumn[] {
  const { columns, references } = named(live, table)
  const dropped = new Set(
    changes.flatMap((one) => (one.type === 'drop column' ? [one.column] : [])),
  )
  const altered = new Map(
    changes.flatMap((one) => (one.type === 'alter column' ? [[one.to.name, one] as const] : [])),
  )
  const kept = new Set(columns.map(({ name }) => name).filter((name) => !dropped.has(name)))
  const known = named(wanted, table).columns
  const leftover = columns.filter(
    ({ name }) => kept.has(name) && !known.some((column) => column.name === name),
  )
  return [
    ...known.map((column) => {
      const { name, existing = null, kind } = column
      const value = kept.has(name) ? copied(name, altered.get(name)) : literal(existing, kind)
      return { ...column, value }
    }),
    ...leftover.map((column) => {
      const reference = references.find((other) => other.column === column.name)
      const { nullable } = altered.get(column.name)?.to ?? column
      return { ...column, nullable, reference, value: quote(column.name) }
    }),
  ]
}

function copied(name: string, change: AlterColumn | undefined): string {
  const { nullable = true, existing, kind } = change?.to ?? {}
  if (nullable || existing === undefined || existing === null || !kind) return quote(name)
  return `coalesce(${quote(name)}, ${literal(existing, kind)})`
}

function indexesOf(table: string, changes: readonly Change[], { live }: WriteContext): string[] {
  const renamed = new Map(
    changes.flatMap((one) => (one.type === 'rename index' ? [[one.index.name, one.to]] : [])),
  )
  const dropped = new Set(
    changes.flatMap((one) => (one.type === 'drop index' ? [one.index.name] : [])),
  )
  const kept = named(live, table)
    .indexes.filter(({ name }) => !dropped.has(name))
    .flatMap((index) => {
      // The index behind UNIQUE in a CREATE TABLE of another hand goes with it.
      const constraint = index.name.startsWith('sqlite_autoindex_')
      if (constraint) return [{ ...index, name: [table, ...index.columns, 'key'].join('_') }]
      return isOwnName(index.name)
        ? [{ ...index, name: renamed.get(index.name) ?? index.name }]
        : []
    })
  const added = changes.flatMap((one) => (one.type === 'create index' ? [one.index] : []))
  return [...kept, ...added].map((index) => createIndex(table, index))
}

/** Triggers, and indexes that no migration made, as they were written. */
async function madeByOthers(
  table: string,
  { ask, before, isRenamed }: WriteContext,
): Promise<string[]> {
  const rows = await ask(
    "SELECT name, type, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL" +
      ` AND tbl_name = ${literal(before(table), 'text')} COLLATE NOCASE ORDER BY type, name`,
  )
  const others = rows.filter(([name, type]) => type === 'trigger' || !isOwnName(String(name)))
  if (others.length > 0 && isRenamed(table)) {
    throw misuse(
      `table ${table}`,
      'it has triggers or indexes of its own, which say the old names; rename in a migration before',
    )
  }
  return others.map(([, , sql]) => String(sql))
}

/** Whether rows of a table refer to this one, itself included, be it in code or not. */
async function isReferred(table: string, { ask, before }: WriteContext): Promise<boolean> {
  const rows = await ask(
    'SELECT 1 FROM sqlite_schema s, pragma_foreign_key_list(s.name) f' +
      ` WHERE s.type = 'table' AND f."table" = ${literal(before(table), 'text')} COLLATE NOCASE LIMIT 1`,
  )
  return rows.length > 0
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name)
  if (!found) throw new Error(`no table ${name} to be made anew`)
  return found
}
