import type { Model, ModelColumn, Models } from '../../../model.ts'
import { existingRowsValue } from './existing-rows.ts'
import { indexName, referenceName } from './index-names.ts'
import type { ColumnUse, SchemaDialect } from './schema-dialect.ts'
import type { WantedColumn, WantedIndex, WantedReference, WantedTable } from './structure.ts'

interface Wishes {
  readonly models: Models
  readonly schema: SchemaDialect
  /** What `timestamp({ default: 'now' })` means for rows that are there already. */
  readonly now: number
}

/** The tables in code, in the words of a database. */
export async function wantedTables(wishes: Wishes): Promise<WantedTable[]> {
  return Promise.all(Array.from(wishes.models.values(), (model) => wantedTable(model, wishes)))
}

async function wantedTable(model: Model, wishes: Wishes): Promise<WantedTable> {
  const indexes = await indexesOf(model)
  const columns = model.columns.map((column) => wantedColumn(model, column, { ...wishes, indexes }))
  return { name: model.name, columns: await Promise.all(columns), indexes }
}

async function wantedColumn(
  model: Model,
  column: ModelColumn,
  { models, schema, now, indexes }: Wishes & { indexes: readonly WantedIndex[] },
): Promise<WantedColumn> {
  const { name, kind, nullable } = column
  const { primaryKey } = column.column
  return {
    name,
    kind,
    type: schema.type(column, { table: model.name, name, in: useOf(column, indexes) }),
    nullable,
    primaryKey,
    reference: await wantedReference(model, column, models),
    existing: existingRowsValue(column, now),
  }
}

function useOf({ name, column }: ModelColumn, indexes: readonly WantedIndex[]): ColumnUse['in'] {
  const own = indexes.filter(({ columns }) => columns.includes(name))
  if (column.primaryKey || own.some(({ unique }) => unique)) return 'key'
  return own.length > 0 ? 'index' : 'neither'
}

async function wantedReference(
  { name: table }: Model,
  { name, reference }: ModelColumn,
  models: Models,
): Promise<WantedReference | undefined> {
  const parent = reference && models.get(reference.table)
  if (!parent) return undefined
  return {
    name: await referenceName(table, name),
    table: parent.name,
    key: parent.key.name,
    onDelete: reference.onDelete,
  }
}

/**
 * The indexes of a table: its unique keys, its declared ones, and one for each reference that none of
 * those begins with, because deleting the row referred to looks for the rows that refer to it.
 */
async function indexesOf(model: Model): Promise<WantedIndex[]> {
  const { unique, indexes } = model.table
  const leading = new Set([...unique, ...indexes].map(([first]) => first))
  const behind = model.references.filter(({ name }) => !leading.has(name))
  const ordered = [...indexes, ...behind.map(({ name }) => [name])]
  return Promise.all([
    ...unique.map((columns) => uniqueIndex(model, columns)),
    ...ordered.map((columns) => orderedIndex(model, columns)),
  ])
}

async function uniqueIndex(model: Model, columns: readonly string[]): Promise<WantedIndex> {
  const name = await indexName(model.name, columns, 'unique')
  return { name, columns, unique: true, nullable: nullableOf(model, columns) }
}

/** The primary key ends the index as it ends every order: a page is read from it without sorting. */
async function orderedIndex(model: Model, declared: readonly string[]): Promise<WantedIndex> {
  const { key, name: table } = model
  const columns = declared.includes(key.name) ? declared : [...declared, key.name]
  const name = await indexName(table, declared, 'index')
  return { name, columns, unique: false, nullable: nullableOf(model, columns) }
}

function nullableOf({ byName }: Model, columns: readonly string[]): readonly string[] {
  return columns.filter((name) => byName.get(name)?.nullable)
}
