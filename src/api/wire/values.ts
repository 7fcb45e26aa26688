import * as v from 'valibot'
import type { AnyTable, Column, Fill, Insert, Patch, Table } from '../../data/index.ts'
import { toStrict } from '../../http/index.ts'
import { describe } from './described.ts'
import { jsonlessKind } from './jsonless.ts'
import { orNull, type WireValue } from './row.ts'

/** The columns that the server fills: never taken from a client. */
type FilledKeys<T extends AnyTable> =
  T extends Table<string, infer Columns>
    ? {
        [K in keyof Columns]: Columns[K] extends Column<v.GenericSchema, Fill> ? K : never
      }[keyof Columns]
    : never

/** What a handler passes to `db.create`: the client's columns. */
export type ClientInsert<T extends AnyTable> = Omit<Insert<T>, FilledKeys<T>>
/** What a handler passes to `db.update`: the client's columns. */
export type ClientPatch<T extends AnyTable> = Omit<Patch<T>, FilledKeys<T>>

type Wired<T> = { [K in keyof T]: WireValue<T[K]> }
/** The body that creates a row, as a client writes it. */
export type WireInsert<T extends AnyTable> = Wired<ClientInsert<T>>
/** The body that changes a row, as a client writes it. */
export type WirePatch<T extends AnyTable> = Wired<ClientPatch<T>>

/**
 * Returns the schema of a body that creates a row: every column but those that the server fills, each
 * by its own schema. Its result is what `db.create` takes.
 *
 * Instants come as RFC 3339 text, big integers as decimal text, bytes as base64.
 */
export function insertSchema<T extends AnyTable>(
  table: T,
): v.GenericSchema<WireInsert<T>, ClientInsert<T>> {
  const columns = Object.entries(table.columns).filter(([, { fill }]) => fill === undefined)
  const entries = columns.map(([name, column]) => {
    const value = columnSchema(column, 'insert')
    return [name, isOptional(column) ? v.optional(value) : value]
  })
  // The entries are those that the types name, each with the codec that `WireValue` names.
  return v.object(Object.fromEntries(entries)) as unknown as v.GenericSchema<
    WireInsert<T>,
    ClientInsert<T>
  >
}

/**
 * Returns the schema of a body that changes a row: the columns of `insertSchema` but the primary key,
 * each of them optional. Its result is what `db.update` takes.
 */
export function patchSchema<T extends AnyTable>(
  table: T,
): v.GenericSchema<WirePatch<T>, ClientPatch<T>> {
  const columns = Object.entries(table.columns).filter(
    ([, { fill, primaryKey }]) => fill === undefined && !primaryKey,
  )
  const entries = columns.map(([name, column]) => [name, v.optional(columnSchema(column, 'patch'))])
  // As above.
  return v.object(Object.fromEntries(entries)) as unknown as v.GenericSchema<
    WirePatch<T>,
    ClientPatch<T>
  >
}

/**
 * A column's value from JSON. It is checked by the column's schema but handed on as it came: the
 * database runs the schema when it writes, and a transformation is not to happen twice.
 */
function columnSchema({ schema }: Column, side: 'insert' | 'patch'): v.GenericSchema {
  const kind = jsonlessKind(schema)
  const strict = toStrict(schema)
  const value = v.pipe(
    v.unknown(),
    v.rawTransform<unknown, unknown>(({ dataset, addIssue, NEVER }) => {
      const given = dataset.value
      const read = kind?.fromJson && given !== null ? kind.fromJson(given) : given
      if (read === undefined) {
        addIssue({ message: `Expected ${kind?.expected}.` })
        return NEVER
      }
      for (const issue of v.safeParse(strict, read).issues ?? []) {
        const { message, input, expected, received, path } = issue
        addIssue({ message, input, received, ...(expected && { expected }), ...(path && { path }) })
      }
      return read
    }),
  )
  return describe(value, {
    schema: (convert) => {
      const { default: fallback, ...written } = kind ? kind.schema : convert(schema)
      const typed = v.is(schema, null) ? orNull(written) : written
      return fallback === undefined || side === 'patch' ? typed : { ...typed, default: fallback }
    },
  })
}

function isOptional({ schema, nullable }: Column): boolean {
  return nullable || v.is(schema, undefined)
}
