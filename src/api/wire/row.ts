import * as v from 'valibot'
import type { AnyTable, Page, Row } from '../../data/index.ts'
import { describe, type JsonSchema } from './described.ts'
import { wireKinds } from './kinds.ts'

/** A column's value as JSON carries it: instants, big integers and bytes are text. */
export type WireValue<T> = T extends Date | bigint | Uint8Array ? string : T

/** A row as a client receives it. */
export type WireRow<T extends AnyTable> = { [K in keyof Row<T>]: WireValue<Row<T>[K]> }

/** A page of rows as a client receives it. */
export interface WirePage<T extends AnyTable> {
  items: WireRow<T>[]
  /** The `cursor` of the next page; null on the last. */
  next: string | null
}

/**
 * Returns the schema of a table's rows in an answer: a handler gives the row as the database did, and
 * the client receives instants as RFC 3339 text, big integers as decimal text and bytes as base64.
 * One table has one schema, so the API description writes it once.
 *
 * Only a row's own columns are sent. The values are not validated again: they were when written.
 *
 * ```ts
 * import * as v from 'valibot'
 * import { operation, rowSchema } from 'plinth/api'
 * import { id, table } from 'plinth/data'
 *
 * const notes = table('notes', { id: id(), title: v.string() }, { policy: { read: true } })
 *
 * export const latest = operation({
 *   method: 'GET',
 *   path: '/latest',
 *   responses: { 200: v.nullable(rowSchema(notes)) },
 *   handler: async ({ db }) => ({ status: 200, body: await db.first(notes) }),
 * })
 * ```
 */
export function rowSchema<T extends AnyTable>(table: T): v.GenericSchema<Row<T>, WireRow<T>> {
  let schema = schemas.get(table)
  if (!schema) {
    schema = createRowSchema(table)
    schemas.set(table, schema)
  }
  // The map holds for each table the schema that was made from it.
  return schema as unknown as v.GenericSchema<Row<T>, WireRow<T>>
}

/**
 * Returns the schema of a page of a table's rows: what `db.list` gives, as an answer.
 *
 * ```ts
 * import { operation, pageSchema } from 'plinth/api'
 * import { id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() }, { policy: { read: true } })
 *
 * export const newest = operation({
 *   method: 'GET',
 *   path: '/newest',
 *   query: v.object({ cursor: v.optional(v.string()) }),
 *   responses: { 200: pageSchema(notes) },
 *   handler: async ({ db, query }) => ({
 *     status: 200,
 *     body: await db.list(notes, { orderBy: { id: 'desc' }, ...query }),
 *   }),
 * })
 * ```
 */
export function pageSchema<T extends AnyTable>(
  table: T,
): v.GenericSchema<Page<Row<T>>, WirePage<T>> {
  return v.object({ items: v.array(rowSchema(table)), next: v.nullable(v.string()) })
}

const schemas = new WeakMap<AnyTable, v.GenericSchema>()

function createRowSchema(table: AnyTable): v.GenericSchema {
  const columns = Object.entries(table.columns)
  const write = createRowWriter(table)
  return describe(v.pipe(v.custom<WrittenRow>(isObject), v.transform(write)), {
    component: table.name,
    write: (value) => write(value as WrittenRow),
    schema: (convert) => ({
      type: 'object',
      properties: Object.fromEntries(
        columns.map(([name, { schema, nullable }]) => {
          const written = convert(schema)
          return [name, nullable ? orNull(written) : written]
        }),
      ),
      required: columns.map(([name]) => name),
    }),
  })
}

type WrittenRow = Readonly<Record<string, unknown>>

/** Copies the columns, and nothing else that a row may carry, as JSON writes them. */
function createRowWriter(table: AnyTable): (row: WrittenRow) => WrittenRow {
  const columns = Object.entries(table.columns).map(([name, { kind }]) => {
    return { name, write: wireKinds[kind].toJson as ((value: unknown) => unknown) | undefined }
  })
  return (row) => {
    const written: Record<string, unknown> = {}
    for (const { name, write } of columns) {
      const value = row[name] ?? null
      written[name] = write && value !== null ? write(value) : value
    }
    return written
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** The schema that takes null as well, if it does not already. */
export function orNull(schema: JsonSchema): JsonSchema {
  const options = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [schema]
  const taken = Object.keys(schema).length === 0 || options.some(({ type }) => type === 'null')
  return taken ? schema : { anyOf: [...options, { type: 'null' }] }
}
