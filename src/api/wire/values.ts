import * as v from 'valibot'
import type { AnyTable, Column, Fill, Insert, Patch, Row } from '../../data/index.ts'
import { columnSchema, isOptional } from './column-schema.ts'
import type { WireValue } from './row.ts'

/** The columns that the server fills. */
type FilledKeys<T extends AnyTable, Filled extends Fill = Fill> = FilledNames<
  NonNullable<T['$columns']>,
  Filled
>
type FilledNames<Columns, Filled extends Fill> = {
  [K in keyof Columns]: Columns[K] extends Column<v.GenericSchema, Filled> ? K : never
}[keyof Columns]

type Name<T extends AnyTable> = keyof Row<T> & string

/** What a handler passes to `db.create`: the client's columns. */
export type ClientInsert<T extends AnyTable, Omitted extends PropertyKey = never> = Omit<
  Insert<T>,
  FilledKeys<T> | Omitted
>
/** What a handler passes to `db.update`: the client's columns, and the version they were made from. */
export type ClientPatch<T extends AnyTable, Omitted extends PropertyKey = never> = Omit<
  Patch<T>,
  FilledKeys<T, Exclude<Fill, 'version'>> | Omitted
>

/** A patch as a client writes it: objects are merged into, and null clears what can be without. */
export type WireMerge<T extends AnyTable, Omitted extends PropertyKey = never> = {
  [K in keyof ClientPatch<T, Omitted>]:
    | Merged<ClientPatch<T, Omitted>[K]>
    | (K extends keyof Row<T> ? (null extends Row<T>[K] ? null : never) : never)
}
type Merged<T> = T extends Date | bigint | Uint8Array
  ? string
  : T extends string | number | boolean | null | undefined | readonly unknown[]
    ? T
    : T extends object
      ? { [K in keyof T]?: Merged<T[K]> | null }
      : T

type Wired<T> = { [K in keyof T]: WireValue<T[K]> }
/** The body that creates a row, as a client writes it. */
export type WireInsert<T extends AnyTable, Omitted extends PropertyKey = never> = Wired<
  ClientInsert<T, Omitted>
>
/** The body that changes a row, as a client writes it. */
export type WirePatch<T extends AnyTable, Omitted extends PropertyKey = never> = Wired<
  ClientPatch<T, Omitted>
>

/** Which columns a body is made of. */
export interface BodyOptions<Omitted extends string> {
  /** Columns that a client may not set, beside those that the server fills. */
  readonly omit?: readonly Omitted[]
}

/**
 * Returns the schema of a body that creates a row: every column but those that the server fills, each
 * by its own schema. Its result is what `db.create` takes.
 *
 * Instants come as RFC 3339 text, big integers as decimal text, bytes as base64.
 *
 * ```ts
 * import { insertSchema, operation, rowSchema } from 'plinth/api'
 * import { id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const pages = table(
 *   'pages',
 *   { id: id(), title: v.string(), slug: v.string() },
 *   { policy: { all: true } },
 * )
 *
 * export const createPage = operation({
 *   method: 'POST',
 *   path: '/pages',
 *   body: insertSchema(pages, { omit: ['slug'] }),
 *   responses: { 201: rowSchema(pages) },
 *   handler: async ({ db, body }) => {
 *     const slug = body.title.toLowerCase().replaceAll(' ', '-')
 *     return { status: 201, body: await db.create(pages, { ...body, slug }) }
 *   },
 * })
 * ```
 */
export function insertSchema<T extends AnyTable, const Omitted extends Name<T> = never>(
  table: T,
  { omit = [] }: BodyOptions<Omitted> = {},
): v.GenericSchema<WireInsert<T, Omitted>, ClientInsert<T, Omitted>> {
  const entries = clientColumns(table, omit).map(([name, column]) => {
    const value = columnSchema(column, 'insert')
    return [name, isOptional(column) ? v.optional(value) : value]
  })
  // The entries are those that the types name, each with the codec that `WireValue` names.
  return v.object(Object.fromEntries(entries)) as unknown as v.GenericSchema<
    WireInsert<T, Omitted>,
    ClientInsert<T, Omitted>
  >
}

/**
 * Returns the schema of a body that changes a row: the columns of `insertSchema` but the primary key,
 * each of them optional. Its result is what `db.update` takes.
 *
 * A table with a `version()` takes that as well: a client that sends the version that it made the
 * change from gets `version_conflict` (409) when the row has been changed since.
 *
 * ```ts
 * import { found, operation, patchSchema, rowSchema } from 'plinth/api'
 * import { id, table, version } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const pages = table(
 *   'pages',
 *   { id: id(), title: v.string(), version: version() },
 *   { policy: { all: true } },
 * )
 *
 * export const rename = operation({
 *   method: 'PATCH',
 *   path: '/pages/:id',
 *   params: v.object({ id: v.string() }),
 *   body: patchSchema(pages),
 *   responses: { 200: rowSchema(pages) },
 *   handler: async ({ db, params, body }) => ({
 *     status: 200,
 *     body: found(await db.update(pages, params.id, body)),
 *   }),
 * })
 * ```
 */
export function patchSchema<T extends AnyTable, const Omitted extends Name<T> = never>(
  table: T,
  { omit = [] }: BodyOptions<Omitted> = {},
): v.GenericSchema<WirePatch<T, Omitted>, ClientPatch<T, Omitted>> {
  // As above.
  return changeSchema(table, { omit, side: 'patch' }) as unknown as v.GenericSchema<
    WirePatch<T, Omitted>,
    ClientPatch<T, Omitted>
  >
}

type ChangeSchema = v.ObjectSchema<
  Record<string, v.OptionalSchema<v.GenericSchema, undefined>>,
  undefined
>

/** The body that changes a row: its columns are set, or merged into as RFC 7396 says. */
export function changeSchema(
  table: AnyTable,
  { omit, side }: { omit: readonly string[]; side: 'patch' | 'merge' },
): ChangeSchema {
  const entries = clientColumns(table, omit, 'version')
    .filter(([, { primaryKey }]) => !primaryKey)
    .map(([name, column]) => [name, v.optional(columnSchema(column, side))])
  return v.object(Object.fromEntries(entries))
}

/** The columns that a client may send: those that the server does not fill, and the one `also`. */
export function clientColumns(
  table: AnyTable,
  omit: readonly string[],
  also?: 'version',
): [string, Column][] {
  return Object.entries(table.columns).filter(
    ([name, { fill }]) => (fill === undefined || fill === also) && !omit.includes(name),
  )
}
