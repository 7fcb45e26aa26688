import { misuse } from '../kernel/index.ts'
import type { Column, OnDelete } from './column.ts'
import type { ConditionTree, FilterColumn } from './condition.ts'
import type { Relation } from './relation.ts'
import { type Storage, storageOf } from './storage.ts'
import { decoderOf } from './stored.ts'
import type { AnyTable } from './table.ts'
import type { NamedRow, StoredRow, StoredValue } from './value.ts'

/** A column with all that running queries needs to know of it. */
export interface ModelColumn extends FilterColumn {
  readonly column: Column
  /** Its place in the table, and in a list of all its values. */
  readonly position: number
  readonly absent: Storage['absent']
  readonly decode: ((stored: StoredValue) => unknown) | undefined
  readonly reference: { readonly table: AnyTable; readonly onDelete: OnDelete } | undefined
}

/** A relation from the rows of one table to those of another, perhaps through a table between. */
export interface ModelRelation {
  readonly name: string
  readonly kind: 'one' | 'many'
  readonly target: Model
  /** The column of this table whose value the other side, or the table between, has as well. */
  readonly local: ModelColumn
  /** The column of the target. */
  readonly foreign: ModelColumn
  readonly through?:
    | {
        readonly model: Model
        /** Its column that refers to this table. */
        readonly from: ModelColumn
        /** Its column that refers to the target. */
        readonly to: ModelColumn
      }
    | undefined
}

/** A column as an actor sees it: null in the rows for which the mask does not hold. */
export interface Field {
  readonly column: ModelColumn
  readonly mask?: QueryCondition | undefined
}

/** Conditions compare whole columns: what a mask hides was worked into them. */
export type QueryCondition = ConditionTree<Field, ModelRelation>

/** A table made ready for queries. */
export interface Model {
  readonly table: AnyTable
  readonly name: string
  readonly columns: readonly ModelColumn[]
  readonly byName: ReadonlyMap<string, ModelColumn>
  /** All columns as those see them who may see everything. */
  readonly fields: readonly Field[]
  readonly fieldOf: ReadonlyMap<string, Field>
  readonly key: ModelColumn
  readonly references: readonly ModelColumn[]
  readonly relations: ReadonlyMap<string, ModelRelation>
  /** The column that counts the row's updates. */
  readonly version: ModelColumn | undefined
  readonly generated: readonly ModelColumn[]
  /** The columns whose stored values are not those of rows. */
  readonly decoded: readonly ModelColumn[]
}

/** The tables of a database. A table is told by its columns: relations make another value of it. */
export class Models {
  readonly #byColumns: Map<object, Model> = new Map()

  constructor(tables: readonly AnyTable[]) {
    const names = new Map<string, AnyTable>()
    for (const table of richest(tables)) {
      if (names.has(table.name)) {
        throw misuse(
          'open()',
          `two tables are named "${table.name}"; each table needs its own name`,
        )
      }
      names.set(table.name, table)
      this.#byColumns.set(table.columns, createModel(table))
    }
    for (const model of this.#byColumns.values()) {
      checkReferences(model, this)
      relate(model, this)
    }
  }

  get(table: AnyTable): Model | undefined {
    return this.#byColumns.get(table?.columns)
  }

  values(): Iterable<Model> {
    return this.#byColumns.values()
  }
}

/** Of a table that is given as declared and as part of a schema, the latter, with all its rules. */
function richest(tables: readonly AnyTable[]): Iterable<AnyTable> {
  const found = new Map<object, AnyTable>()
  for (const table of tables) {
    const known = found.get(table.columns)
    if (!known || says(table, known)) found.set(table.columns, table)
    else if (!says(known, table)) {
      throw misuse('open()', `table "${table.name}" is given as part of two schemas; expected one`)
    }
  }
  return found.values()
}

/** Whether one form of a table says all that another does: what a schema adds is never lost. */
function says(one: AnyTable, other: AnyTable): boolean {
  const { relations, policy, restrict } = other
  return (
    (Object.keys(relations).length === 0 || relations === one.relations) &&
    (Object.keys(policy).length === 0 || policy === one.policy) &&
    (restrict === undefined || restrict === one.restrict)
  )
}

function checkReferences(model: Model, models: Models): void {
  for (const { name, reference } of model.references) {
    if (!reference || models.get(reference.table)) continue
    const place = `table("${model.name}") column "${name}"`
    throw misuse(
      place,
      `it refers to table "${reference.table.name}", which is not among those of the database; ` +
        'list it there, or add the module that it belongs to',
    )
  }
}

function createModel(table: AnyTable): Model {
  const columns = Object.entries(table.columns as Record<string, Column>).map(
    ([name, column], position) => createColumn(name, column, position),
  )
  const byName = new Map(columns.map((column) => [column.name, column]))
  const fields = columns.map((column): Field => ({ column }))
  return {
    table,
    name: table.name,
    columns,
    byName,
    fields,
    fieldOf: new Map(fields.map((field) => [field.column.name, field])),
    // `table()` makes sure that there is one.
    key: byName.get(table.primaryKey) as ModelColumn,
    references: columns.filter((column) => column.reference),
    relations: new Map(),
    version: columns.find(({ column }) => column.fill === 'version'),
    generated: columns.filter(({ column }) => column.generated),
    decoded: columns.filter(({ decode }) => decode),
  }
}

function createColumn(name: string, column: Column, position: number): ModelColumn {
  const { kind, nullable, references, schema } = column
  const storage = storageOf(schema, kind)
  return {
    name,
    column,
    position,
    kind,
    nullable,
    absent: typeof storage === 'string' ? undefined : storage.absent,
    decode: decoderOf(kind),
    // A reference's table is declared by `table()`; the narrower type keeps column.ts independent.
    reference: references && {
      table: references.table() as AnyTable,
      onDelete: references.onDelete,
    },
  }
}

/** Resolves the declared relations, once all models are there. */
function relate(model: Model, models: Models): void {
  const relations = model.relations as Map<string, ModelRelation>
  for (const [name, declared] of Object.entries(model.table.relations)) {
    relations.set(name, resolve(model, { name, declared, models }))
  }
}

function resolve(
  model: Model,
  { name, declared, models }: { name: string; declared: Relation<AnyTable>; models: Models },
): ModelRelation {
  const place = `table("${model.name}") relation "${name}"`
  const target = modelFor(place, declared.target(), models)
  const { kind } = declared
  if (declared.through) {
    const { table, from, to } = declared.through
    const between = modelFor(place, table(), models)
    const through = {
      model: between,
      from: referring(place, { model: between, column: from, to: model }),
      to: referring(place, { model: between, column: to, to: target }),
    }
    return { name, kind, target, local: model.key, foreign: target.key, through }
  }
  const column = declared.column ?? ''
  if (kind === 'one') {
    const local = referring(place, { model, column, to: target })
    return { name, kind, target, local, foreign: target.key }
  }
  const foreign = referring(place, { model: target, column, to: model })
  return { name, kind, target, local: model.key, foreign }
}

function modelFor(place: string, table: AnyTable, models: Models): Model {
  const model = models.get(table)
  if (model) return model
  throw misuse(place, `it leads to table "${table.name}", which is not among those of the database`)
}

/** The column of a table that refers to another. */
function referring(
  place: string,
  { model, column, to }: { model: Model; column: string; to: Model },
): ModelColumn {
  const found = model.byName.get(column)
  if (found?.reference?.table.columns === to.table.columns) return found as ModelColumn
  const problem = found ? `is no reference to "${to.name}"` : 'does not exist'
  throw misuse(place, `column "${model.name}.${column}" ${problem}`)
}

/** Turns a stored row into the row that callers get. */
export function toRow(fields: readonly Field[], stored: StoredRow): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let at = 0; at < fields.length; at++) {
    const { name, decode } = (fields[at] as Field).column
    const value = stored[at] as StoredValue
    row[name] = decode !== undefined && value !== null ? decode(value) : value
  }
  return row
}

/** The same for rows that are objects already: what is stored otherwise is put right in them. */
export function decodeRows({ decoded }: Model, stored: NamedRow[]): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = stored
  for (const { name, decode } of decoded) {
    for (const row of rows) {
      const value = row[name] as StoredValue
      if (value !== null) row[name] = decode?.(value)
    }
  }
  return rows
}
