import type { ColumnKind } from '../../column.ts'
import type { StoredValue } from '../../value.ts'
import { type AlterColumn, type Change, inWords } from '../sql/migrate/change.ts'
import { foreignKey } from '../sql/migrate/constraint-sql.ts'
import type { SchemaDialect } from '../sql/migrate/schema-dialect.ts'
import type { WantedColumn, WantedIndex } from '../sql/migrate/structure.ts'
import { dialect } from './dialect.ts'

const { quote } = dialect

/** The structure of PostgreSQL databases: everything is part of the migration's transaction. */
export const schema: SchemaDialect = {
  type: ({ kind }) => dialect.types[kind],
  isSameType: (live, wanted) => spelled(live) === spelled(wanted),
  literal,
  inlineReferences: false,
  widens: () => false,
  converts: (from, to) => conversion(from, to) !== undefined,
  write: async (changes) =>
    changes.map((change) => {
      const blocks = blocksOf(change)
      return { summary: inWords(change), sql: statements(change), ...(blocks && { blocks }) }
    }),
  async begin({ run }) {
    // Of the tables of this schema, whatever version of Plinth it is.
    await run("SELECT pg_advisory_xact_lock(hashtext('plinth migrate ' || current_schema()))")
    // A migration that waits for a long reader keeps everybody else waiting behind itself.
    await run(`SET LOCAL lock_timeout = '${LOCK_SECONDS}s'`)
  },
  // The lock ends with the transaction.
  end: async () => {},
}

const LOCK_SECONDS = 2

function statements(change: Change): string[] {
  switch (change.type) {
    case 'rename table':
      return [`ALTER TABLE ${quote(change.table)} RENAME TO ${quote(change.to)}`]
    case 'rename column': {
      const { table, column, to } = change
      return [`ALTER TABLE ${quote(table)} RENAME COLUMN ${quote(column)} TO ${quote(to)}`]
    }
    case 'rename index':
      return [`ALTER INDEX ${quote(change.index.name)} RENAME TO ${quote(change.to)}`]
    case 'rename reference': {
      const { table, from, to } = change
      const [old, name] = [from.name ?? '', to.name].map(quote)
      return [`ALTER TABLE ${quote(table)} RENAME CONSTRAINT ${old} TO ${name}`]
    }
    case 'drop table':
      return [`DROP TABLE ${quote(change.table)}`]
    case 'create table': {
      const columns = change.table.columns.map((column) => `  ${columnSql(column)}`)
      return [`CREATE TABLE ${quote(change.table.name)} (\n${columns.join(',\n')}\n)`]
    }
    case 'add column':
      return [
        `ALTER TABLE ${quote(change.table)} ADD COLUMN ${columnSql(change.column)}${fallback(change.column)}`,
      ]
    case 'drop column':
      return [`ALTER TABLE ${quote(change.table)} DROP COLUMN ${quote(change.column)}`]
    case 'alter column':
      return alterColumn(change)
    case 'add reference': {
      const { table, column, reference } = change
      return [`ALTER TABLE ${quote(table)} ADD ${foreignKey(column, reference, quote)}`]
    }
    case 'drop reference': {
      const { table, reference } = change
      return [`ALTER TABLE ${quote(table)} DROP CONSTRAINT ${quote(reference.name ?? '')}`]
    }
    case 'create index':
      return [createIndex(change.table, change.index)]
    case 'drop index':
      return [`DROP INDEX ${quote(change.index.name)}`]
  }
}

function columnSql({ name, type, nullable, primaryKey }: WantedColumn): string {
  const key = primaryKey ? ' PRIMARY KEY' : ''
  return `${quote(name)} ${type}${key}${nullable ? '' : ' NOT NULL'}`
}

function fallback({ existing = null, kind }: WantedColumn): string {
  return existing === null ? '' : ` DEFAULT ${literal(existing, kind)}`
}

function alterColumn({ table, from, to, retyped }: AlterColumn): string[] {
  const column = quote(to.name)
  const alter = `ALTER TABLE ${quote(table)} ALTER COLUMN ${column}`
  const sql: string[] = []
  if (retyped) {
    // A default of the old type might not be one of the new; rows bring their values anyway.
    sql.push(`${alter} DROP DEFAULT`)
    const using = conversion(from.type, to.type)?.(column) ?? column
    sql.push(`${alter} TYPE ${to.type} USING ${using}`)
  }
  if (from.nullable && !to.nullable) {
    if (to.existing !== undefined && to.existing !== null && to.kind) {
      const value = literal(to.existing, to.kind)
      sql.push(`UPDATE ${quote(table)} SET ${column} = ${value} WHERE ${column} IS NULL`)
    }
    sql.push(`${alter} SET NOT NULL`)
  }
  if (!from.nullable && to.nullable) sql.push(`${alter} DROP NOT NULL`)
  return sql
}

/** One that was made beforehand, without blocking, is this one: it has the same name. */
function createIndex(table: string, { name, columns, unique, nullable }: WantedIndex): string {
  const kind = unique ? 'UNIQUE INDEX' : 'INDEX'
  // Null is the least value in every order of ours: only from such an index it is read in that order.
  const nulls = (column: string) => (nullable.includes(column) ? ' NULLS FIRST' : '')
  const list = columns.map((column) => quote(column) + nulls(column)).join(', ')
  return `CREATE ${kind} IF NOT EXISTS ${quote(name)} ON ${quote(table)} (${list})`
}

type Convert = (column: string) => string

/** How values of one type become values of another: by saying the same, or by failing. */
function conversion(from: string, to: string): Convert | undefined {
  return CONVERSIONS[`${spelled(from)} to ${spelled(to)}`]
}

/** As `format_type` of PostgreSQL spells it. */
function spelled(type: string): string {
  const bare = type.toLowerCase().replace(/ collate .*$/, '')
  return bare === 'timestamptz' ? 'timestamp with time zone' : bare
}

const castTo =
  (type: string): Convert =>
  (column) =>
    `${column}::${type}`

const CONVERSIONS: Readonly<Record<string, Convert | undefined>> = {
  'text to text': (column) => column,
  'text to bigint': castTo('bigint'),
  'text to double precision': castTo('double precision'),
  'text to json': castTo('json'),
  'text to boolean': castTo('boolean'),
  'text to uuid': castTo('uuid'),
  'uuid to text': castTo('text'),
  'bigint to text': castTo('text'),
  'bigint to double precision': (column) => exactly(column, 'double precision', 'bigint'),
  'double precision to text': castTo('text'),
  'double precision to bigint': (column) => exactly(column, 'bigint', 'double precision'),
  'boolean to text': castTo('text'),
  'json to text': castTo('text'),
}

/** A cast rounds in silence, so what does not come back as it was is made to fail. */
function exactly(column: string, to: string, from: string): string {
  const cast = `${column}::${to}`
  return `CASE WHEN ${cast}::${from} = ${column} THEN ${cast} ELSE ('no exact ${to}: ' || ${column})::${to} END`
}

function blocksOf(change: Change): string | undefined {
  const { table } = change
  if (change.type === 'create index' && !change.fresh) {
    const beforehand = createIndex(change.table, change.index)
      .replace(' INDEX ', ' INDEX CONCURRENTLY ')
      .replace(' IF NOT EXISTS', '')
    return `Blocks writers of ${table} while it is built. To avoid it, run beforehand: ${beforehand}`
  }
  if (change.type === 'alter column') return alterBlocks(change)
  if (change.type === 'add reference' && !change.fresh) {
    return `Blocks writers of ${table} and ${change.reference.table} while all rows are checked.`
  }
  return undefined
}

function alterBlocks({ table, to, retyped }: AlterColumn): string | undefined {
  if (retyped) {
    return `Blocks readers and writers of ${table} while all its rows are written anew.`
  }
  if (to.nullable) return undefined
  return `Blocks readers and writers of ${table} while all its rows are checked.`
}

function literal(value: StoredValue, kind: ColumnKind): string {
  const sent = dialect.encode ? dialect.encode(kind, value) : value
  if (sent === null || sent === undefined) return 'NULL'
  if (typeof sent === 'boolean') return sent ? 'TRUE' : 'FALSE'
  if (typeof sent === 'number' || typeof sent === 'bigint') return String(sent)
  return `'${String(sent).replaceAll("'", "''")}'`
}
