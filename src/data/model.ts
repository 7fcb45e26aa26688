import { misuse } from '../kernel/index.ts'
import type { Column, OnDelete } from './column.ts'
import type { SqlColumn } from './compile-condition.ts'
import type { Dialect, StoredRow, StoredValue } from './driver.ts'
import { createPlan, type Plan } from './plan.ts'
import { type Storage, storageOf } from './storage.ts'
import { decoderOf } from './stored.ts'
import type { AnyTable } from './table.ts'

/** A column with all that running queries needs to know of it. */
export interface ModelColumn extends SqlColumn {
  readonly column: Column
  /** Its place in the table, and in a list of all its values. */
  readonly position: number
  readonly absent: Storage['absent']
  readonly decode: ((stored: StoredValue) => unknown) | undefined
  readonly reference: { readonly table: AnyTable; readonly onDelete: OnDelete } | undefined
}

/** A table made ready for one dialect: what does not depend on the query is written once. */
export interface Model {
  readonly table: AnyTable
  readonly name: string
  readonly sql: string
  readonly columns: readonly ModelColumn[]
  readonly byName: ReadonlyMap<string, ModelColumn>
  readonly key: ModelColumn
  /** The columns whose stored form is not the value of the row. */
  readonly decoded: readonly ModelColumn[]
  readonly references: readonly ModelColumn[]
  /** Whether integers beyond 2^53 may be read. */
  readonly bigints: boolean
  /** All columns, for SELECT and RETURNING. */
  readonly columnList: string
  /** Inserts one row, given the stored values of all columns in order. */
  readonly insert: Plan
  /** Inserts `CHUNK_ROWS` rows, given the values of one after the other. */
  readonly insertChunk: Plan
}

/** Rows of one statement in a bulk insert: with more, SQLite is hardly faster. */
export const CHUNK_ROWS = 50

export type Models = ReadonlyMap<AnyTable, Model>

/** Prepares the tables of a database, which have different names and refer to each other only. */
export function createModels(tables: readonly AnyTable[], dialect: Dialect): Models {
  const models = new Map<AnyTable, Model>()
  const names = new Set<string>()
  for (const table of new Set(tables)) {
    if (names.has(table.name)) {
      throw misuse('open()', `two tables are named "${table.name}"; each table needs its own name`)
    }
    names.add(table.name)
    models.set(table, createModel(table, dialect))
  }
  for (const model of models.values()) checkReferences(model, models)
  return models
}

function checkReferences(model: Model, models: Models): void {
  for (const { name, reference } of model.references) {
    if (!reference || models.has(reference.table)) continue
    const place = `table("${model.name}") column "${name}"`
    throw misuse(
      place,
      `it refers to table "${reference.table.name}", which is not among those of the database; ` +
        'list it there, or add the module that it belongs to',
    )
  }
}

function createModel(table: AnyTable, dialect: Dialect): Model {
  const columns = Object.entries(table.columns as Record<string, Column>).map(
    ([name, column], position) => createColumn(name, column, { position, dialect }),
  )
  const byName = new Map(columns.map((column) => [column.name, column]))
  const sql = dialect.quote(table.name)
  const columnList = columns.map((column) => column.sql).join(', ')
  const insertRows = (rows: number): Plan =>
    createPlan(
      `INSERT INTO ${sql} (${columnList}) VALUES ${valuesSql(columns.length, rows, dialect)}`,
      {
        verb: 'insert',
        table: table.name,
        system: dialect.name,
        returns: false,
        single: false,
        bigints: false,
      },
    )
  return {
    table,
    name: table.name,
    sql,
    columns,
    byName,
    // `table()` makes sure that there is one.
    key: byName.get(table.primaryKey) as ModelColumn,
    decoded: columns.filter((column) => column.decode),
    references: columns.filter((column) => column.reference),
    bigints: columns.some((column) => column.kind === 'bigint'),
    columnList,
    insert: insertRows(1),
    insertChunk: insertRows(CHUNK_ROWS),
  }
}

/** `(?, ?), (?, ?)`: the placeholders of so many rows. */
function valuesSql(columns: number, rows: number, { placeholder }: Dialect): string {
  const row = (at: number): string => {
    const placeholders = Array.from({ length: columns }, (_, n) =>
      placeholder(at * columns + n + 1),
    )
    return `(${placeholders.join(', ')})`
  }
  return Array.from({ length: rows }, (_, at) => row(at)).join(', ')
}

function createColumn(
  name: string,
  column: Column,
  { position, dialect }: { position: number; dialect: Dialect },
): ModelColumn {
  const { kind, nullable, references, schema } = column
  const storage = storageOf(schema, kind)
  return {
    name,
    column,
    position,
    kind,
    nullable,
    sql: dialect.quote(name),
    absent: typeof storage === 'string' ? undefined : storage.absent,
    decode: decoderOf(kind),
    // A reference's table is declared by `table()`; the narrower type keeps column.ts independent.
    reference: references && {
      table: references.table() as AnyTable,
      onDelete: references.onDelete,
    },
  }
}

/** Turns a stored row, which nobody else holds, into the row that callers get: in place, for speed. */
export function toRow(model: Model, stored: StoredRow): Record<string, unknown> {
  const row = stored as Record<string, unknown>
  for (const { name, decode } of model.decoded) {
    const value = row[name]
    if (value !== null && decode) row[name] = decode(value as StoredValue)
  }
  return row
}

/** The row that these stored values, in the order of the columns, will be read as. */
export function rowOf(model: Model, values: readonly StoredValue[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const { name, position, decode } of model.columns) {
    const value = values[position] ?? null
    row[name] = decode && value !== null ? decode(value) : value
  }
  return row
}
