import * as v from 'valibot'
import { misuse } from '../kernel/index.ts'
import type { Column, ColumnKind, Generated, OnDelete, ReferencedTable } from './column.ts'
import { storageOf } from './storage.ts'

const uuidSchema: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.uuid('Expected a UUID.'),
  v.regex(/^[^A-F]*$/, 'Expected a UUID in lower case.'),
)

/**
 * Declares the primary key: a UUID of version 7 as text, made by the server unless the new row
 * brings its own.
 *
 * ```ts
 * import { id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const tags = table('tags', { id: id(), label: v.string() })
 * ```
 */
export function id(): Column<v.GenericSchema<string>, 'uuid'> {
  return {
    kind: 'uuid',
    schema: uuidSchema,
    nullable: false,
    primaryKey: true,
    fill: 'uuid',
    onUpdate: undefined,
    references: undefined,
    generated: undefined,
  }
}

export interface RefOptions {
  /** `actor` fills in the id of whoever creates the row. */
  readonly default?: 'actor'
  /** What deleting the referred row does. Default `restrict`: it is refused. */
  readonly onDelete?: OnDelete
  /** Whether the row may refer to nothing. Default false. */
  readonly nullable?: boolean
}

type RefColumn<Options> = Column<
  Options extends { readonly nullable: true }
    ? v.GenericSchema<string | null>
    : v.GenericSchema<string>,
  Options extends { readonly default: 'actor' } ? 'actor' : undefined
>

/**
 * Declares a reference to a row of another table, by its primary key. A table that is declared later
 * in the file, or the table itself, is given as a function that says what it returns.
 *
 * Through a guarded handle a row can only refer to rows that the actor may read.
 *
 * ```ts
 * import { id, type ReferencedTable, ref, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const authors = table('authors', { id: id(), name: v.string() })
 * const books = table('books', {
 *   id: id(),
 *   author: ref(authors, { onDelete: 'cascade' }),
 *   sequelOf: ref((): ReferencedTable => books, { nullable: true }),
 * })
 * ```
 */
export function ref<const Options extends RefOptions = Record<never, never>>(
  target: ReferencedTable | (() => ReferencedTable),
  options?: Options,
): RefColumn<Options> {
  const { onDelete = 'restrict', nullable = false, default: fill }: RefOptions = options ?? {}
  checkOptions('ref()', options, ['default', 'onDelete', 'nullable'])
  if (fill !== undefined && fill !== 'actor') {
    throw misuse('ref()', `default "${String(fill)}" is unknown; expected "actor"`)
  }
  if (!['restrict', 'cascade', 'set null'].includes(onDelete)) {
    throw misuse('ref()', `onDelete "${onDelete}" is unknown; expected restrict, cascade, set null`)
  }
  if (onDelete === 'set null' && !nullable) {
    throw misuse('ref()', 'onDelete "set null" needs nullable: true')
  }
  const table = typeof target === 'function' ? target : () => target
  if (typeof target !== 'function') keyOf(target)
  const column: Column = {
    // Read when first needed: the table referred to may be declared further down.
    get kind() {
      return keyOf(table()).kind
    },
    get schema() {
      const { schema } = keyOf(table())
      return nullable ? v.nullable(schema) : schema
    },
    nullable,
    primaryKey: false,
    fill,
    onUpdate: undefined,
    references: { table, onDelete },
    generated: undefined,
  }
  // The options that the type reads are the ones that the object was built from.
  return column as unknown as RefColumn<Options>
}

function keyOf(table: ReferencedTable): Column {
  const key = table?.columns?.[table.primaryKey]
  if (!key) throw misuse('ref()', `expected a table, such as ref(users); got ${typeof table}`)
  return key
}

export interface TimestampOptions {
  /** `now` fills in the time of creation. */
  readonly default?: 'now'
  /** `now` writes the current time at every update that does not set the column. */
  readonly onUpdate?: 'now'
  /** Default false. */
  readonly nullable?: boolean
}

type TimestampColumn<Options> = Column<
  Options extends { readonly nullable: true }
    ? v.GenericSchema<Date | null>
    : v.GenericSchema<Date>,
  Options extends { readonly default: 'now' } ? 'now' : undefined
>

/**
 * Declares an instant: a `Date` in rows, milliseconds since the Unix epoch in the database.
 *
 * ```ts
 * import { id, table, timestamp } from 'plinth/data'
 *
 * const visits = table('visits', {
 *   id: id(),
 *   begun: timestamp({ default: 'now' }),
 *   seen: timestamp({ default: 'now', onUpdate: 'now' }),
 *   left: timestamp({ nullable: true }),
 * })
 * ```
 */
export function timestamp<const Options extends TimestampOptions = Record<never, never>>(
  options?: Options,
): TimestampColumn<Options> {
  const { default: fill, onUpdate, nullable = false }: TimestampOptions = options ?? {}
  checkOptions('timestamp()', options, ['default', 'onUpdate', 'nullable'])
  for (const value of [fill, onUpdate]) {
    if (value === undefined || value === 'now') continue
    throw misuse('timestamp()', `"${String(value)}" is unknown; expected "now"`)
  }
  const column: Column = {
    kind: 'timestamp',
    schema: nullable ? v.nullable(v.date()) : v.date(),
    nullable,
    primaryKey: false,
    fill,
    onUpdate,
    references: undefined,
    generated: undefined,
  }
  // The options that the type reads are the ones that the object was built from.
  return column as unknown as TimestampColumn<Options>
}

export interface ColumnOptions {
  /** How the schema's output is stored, where that does not follow from the schema. */
  readonly kind?: Exclude<ColumnKind, 'uuid'>
  /** Makes the column the primary key: text that the new row brings. Default false. */
  readonly primaryKey?: boolean
}

/**
 * Declares a column from a valibot schema with more to say than the schema alone: a natural primary
 * key, or the storage of a type that a transformation made.
 *
 * ```ts
 * import { column, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const countries = table('countries', {
 *   code: column(v.pipe(v.string(), v.length(2)), { primaryKey: true }),
 *   name: v.string(),
 * })
 * ```
 */
export function column<Schema extends v.GenericSchema>(
  schema: Schema,
  options: ColumnOptions = {},
): Column<Schema, undefined> {
  checkOptions('column()', options, ['kind', 'primaryKey'])
  const { primaryKey = false } = options
  const storage = storageOf(schema, options.kind)
  if (typeof storage === 'string') throw misuse('column()', `the schema ${storage}`)
  const { kind, nullable } = storage
  if (primaryKey && (kind !== 'text' || nullable)) {
    throw misuse('column()', `a primary key is text and not nullable, not ${kind}`)
  }
  return {
    kind,
    schema,
    nullable,
    primaryKey,
    fill: undefined,
    onUpdate: undefined,
    references: undefined,
    generated: undefined,
  }
}

/**
 * Declares the version of a row: 1 when it is created, one more at every update. A patch that carries
 * a version is only applied to that version of the row; otherwise `update` throws `version_conflict`
 * (409) with `details` of `expected` and `actual`, so that nobody overwrites what they have not seen.
 * A table has at most one.
 *
 * ```ts
 * import { type Handle, id, table, version } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const pages = table('pages', { id: id(), text: v.string(), version: version() })
 *
 * async function save(db: Handle, page: { id: string; text: string; version: number }) {
 *   return db.update(pages, page.id, { text: page.text, version: page.version })
 * }
 * ```
 */
export function version(): Column<v.GenericSchema<number>, 'version'> {
  return {
    kind: 'integer',
    schema: versionSchema,
    nullable: false,
    primaryKey: false,
    fill: 'version',
    onUpdate: undefined,
    references: undefined,
    generated: undefined,
  }
}

const versionSchema: v.GenericSchema<number> = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/** How a generated column comes by its value. */
export interface GeneratedOptions<Schema extends v.GenericSchema, Source extends object> {
  /** The columns that the value depends on: at least one, none of them generated. */
  readonly from: readonly (keyof Source & string)[]
  /** Computes the value from those columns as rows have them, and from nothing else. */
  readonly value: (row: Source) => v.InferInput<Schema>
}

/**
 * Declares a column that the server computes from others of the same row and stores: when the row is
 * created, and whenever one of those columns changes. Callers never write it; they filter, sort and
 * index it like any other. The result is validated by the schema.
 *
 * ```ts
 * import { generated, id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const people = table('people', {
 *   id: id(),
 *   first: v.string(),
 *   last: v.string(),
 *   search: generated(v.string(), {
 *     from: ['first', 'last'],
 *     value: (row: { first: string; last: string }) => `${row.first} ${row.last}`.toLowerCase(),
 *   }),
 * })
 * ```
 */
export function generated<Schema extends v.GenericSchema, Source extends object>(
  schema: Schema,
  options: GeneratedOptions<Schema, Source>,
): Column<Schema, 'generated'> {
  checkOptions('generated()', options, ['from', 'value'])
  const storage = storageOf(schema)
  if (typeof storage === 'string') throw misuse('generated()', `the schema ${storage}`)
  const { from, value } = options
  if (!Array.isArray(from) || from.length === 0) {
    throw misuse('generated()', 'from: expected an array of at least one column')
  }
  if (typeof value !== 'function') throw misuse('generated()', 'value: expected a function')
  return {
    kind: storage.kind,
    schema,
    nullable: storage.nullable,
    primaryKey: false,
    fill: 'generated',
    onUpdate: undefined,
    references: undefined,
    // The row that it is given has the columns named in `from`, which are the keys of `Source`.
    generated: Object.freeze({ from: Object.freeze([...from]), value } as unknown as Generated),
  }
}

/** A misspelt option does not pass in silence. */
export function checkOptions(place: string, options: unknown, known: readonly string[]): void {
  for (const key of Object.keys(options ?? {})) {
    if (known.includes(key)) continue
    throw misuse(place, `option "${key}" is unknown; expected ${known.join(', ')}`)
  }
}
