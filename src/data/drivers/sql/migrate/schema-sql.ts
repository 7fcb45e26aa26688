import type { OnDelete } from '../../../column.ts'
import type { MigrationStep } from '../../../migration-plan.ts'
import type { Model, ModelColumn, Models } from '../../../model.ts'
import type { StoredValue } from '../../../value.ts'
import type { Dialect } from '../dialect.ts'

/** An index as it should be. */
export interface WantedIndex {
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
}

/**
 * The indexes of a table: its unique keys, its declared ones, and one for each reference that none of
 * those begins with, because deleting the row referred to looks for the rows that refer to it.
 */
export function indexesOf(model: Model): readonly WantedIndex[] {
  const { unique, indexes } = model.table
  const declared = [
    ...unique.map((columns) => uniqueIndex(model, columns)),
    ...indexes.map((columns) => orderedIndex(model, columns)),
  ]
  const leading = new Set(declared.map(({ columns }) => columns[0]))
  const behind = model.references.filter(({ name }) => !leading.has(name))
  return [...declared, ...behind.map(({ name }) => orderedIndex(model, [name]))]
}

function uniqueIndex({ name: table }: Model, columns: readonly string[]): WantedIndex {
  return { name: nameOf(table, columns, 'unique'), columns, unique: true }
}

/** The primary key ends the index as it ends every order: a page is read from it without sorting. */
function orderedIndex({ name: table, key }: Model, columns: readonly string[]): WantedIndex {
  const ordered = columns.includes(key.name) ? columns : [...columns, key.name]
  return { name: nameOf(table, columns, 'index'), columns: ordered, unique: false }
}

/** A dot cannot be part of a name, so no two indexes get the same one. */
function nameOf(table: string, columns: readonly string[], kind: 'unique' | 'index'): string {
  return [table, ...columns, kind].join('.')
}

/** Whether an index of the database was made for a unique key of a table in code. */
export function isUniqueKey(
  { name: table }: Model,
  { name, columns, unique }: WantedIndex,
): boolean {
  return unique && name === nameOf(table, columns, 'unique')
}

export function createTable(model: Model, models: Models, dialect: Dialect): MigrationStep {
  const columns = model.columns.map((column) => columnSql(column, models, dialect))
  return {
    summary: `create table ${model.name}`,
    sql: `CREATE TABLE ${dialect.quote(model.name)} (${columns.join(', ')})${dialect.tableOptions}`,
  }
}

export function dropTable({ name }: Model, dialect: Dialect): MigrationStep {
  return { summary: `drop empty table ${name}`, sql: `DROP TABLE ${dialect.quote(name)}` }
}

/** Adds a column; `value` is what the rows that are there get. */
export function addColumn(
  model: Model,
  column: ModelColumn,
  { models, dialect, value }: { models: Models; dialect: Dialect; value: StoredValue },
): MigrationStep {
  const fallback = value === null ? '' : ` DEFAULT ${literal(value)}`
  return {
    summary: `add column ${model.name}.${column.name}`,
    sql: `ALTER TABLE ${dialect.quote(model.name)} ADD COLUMN ${columnSql(column, models, dialect)}${fallback}`,
  }
}

export function createIndex(model: Model, index: WantedIndex, dialect: Dialect): MigrationStep {
  const columns = index.columns.map((name) => dialect.quote(name)).join(', ')
  const kind = index.unique ? 'UNIQUE INDEX' : 'INDEX'
  return {
    summary: `create ${index.unique ? 'unique ' : ''}index on ${model.name} (${index.columns.join(', ')})`,
    sql: `CREATE ${kind} ${dialect.quote(index.name)} ON ${dialect.quote(model.name)} (${columns})`,
  }
}

/** A key that code does not have any more would go on refusing rows that nothing there forbids. */
export function dropUnique(model: Model, index: WantedIndex, dialect: Dialect): MigrationStep {
  return {
    summary: `drop unique key of ${model.name} (${index.columns.join(', ')})`,
    sql: `DROP INDEX ${dialect.quote(index.name)}`,
  }
}

function columnSql(column: ModelColumn, models: Models, dialect: Dialect): string {
  const type = dialect.types[column.kind]
  const key = column.column.primaryKey ? ' PRIMARY KEY' : ''
  const required = column.nullable ? '' : ' NOT NULL'
  return `${dialect.quote(column.name)} ${type}${key}${required}${referenceSql(column, models, dialect)}`
}

function referenceSql({ reference }: ModelColumn, models: Models, dialect: Dialect): string {
  const parent = reference && models.get(reference.table)
  if (!parent) return ''
  return ` REFERENCES ${dialect.quote(parent.name)} (${dialect.quote(parent.key.name)})${ACTIONS[reference.onDelete]}`
}

// SQL's own RESTRICT forbids at once what the rest of the same statement would make right, such as
// deleting a row together with all that refer to it. Without an action the statement's end counts.
const ACTIONS: Readonly<Record<OnDelete, string>> = {
  restrict: '',
  cascade: ' ON DELETE CASCADE',
  'set null': ' ON DELETE SET NULL',
}

function literal(value: StoredValue): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  return String(value)
}
