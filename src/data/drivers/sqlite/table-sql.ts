import type { ColumnKind, OnDelete } from '../../column.ts'
import type { StoredValue } from '../../value.ts'
import type { WantedColumn, WantedReference } from '../sql/migrate/structure.ts'
import { dialect } from './dialect.ts'

const { quote } = dialect

export type TableReference = Pick<WantedReference, 'table' | 'onDelete'> &
  Partial<Pick<WantedReference, 'key'>>

export interface TableColumn {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly primaryKey: boolean
  /** Without a key it is the primary key that is referred to. */
  readonly reference?: TableReference | undefined
}

export function createTable(name: string, columns: readonly TableColumn[]): string {
  const list = columns.map((column) => `  ${columnSql(column)}`)
  return `CREATE TABLE ${quote(name)} (\n${list.join(',\n')}\n)${dialect.tableOptions}`
}

export function createIndex(
  table: string,
  { name, columns, unique }: { name: string; columns: readonly string[]; unique: boolean },
): string {
  const kind = unique ? 'UNIQUE INDEX' : 'INDEX'
  return `CREATE ${kind} ${quote(name)} ON ${quote(table)} (${columns.map(quote).join(', ')})`
}

export function addColumn(table: string, column: WantedColumn): string {
  const { existing = null, kind } = column
  const fallback = existing === null ? '' : ` DEFAULT ${literal(existing, kind)}`
  return `ALTER TABLE ${quote(table)} ADD COLUMN ${columnSql(column)}${fallback}`
}

function columnSql({ name, type, nullable, primaryKey, reference }: TableColumn): string {
  const key = primaryKey ? ' PRIMARY KEY' : ''
  const required = nullable ? '' : ' NOT NULL'
  return `${quote(name)} ${type}${key}${required}${reference ? referenceSql(reference) : ''}`
}

function referenceSql({ table, key, onDelete }: TableReference): string {
  const column = key === undefined ? '' : ` (${quote(key)})`
  return ` REFERENCES ${quote(table)}${column}${ACTIONS[onDelete]}`
}

// SQL's own RESTRICT forbids at once what the rest of the same statement would make right, such as
// deleting a row together with all that refer to it. Without an action the statement's end counts.
const ACTIONS: Readonly<Record<OnDelete, string>> = {
  restrict: '',
  cascade: ' ON DELETE CASCADE',
  'set null': ' ON DELETE SET NULL',
}

export function literal(value: StoredValue, _kind: ColumnKind): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  return value === null ? 'NULL' : String(value)
}
