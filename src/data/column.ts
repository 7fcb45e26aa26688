import type * as v from 'valibot'

/** How a column is stored. Each dialect has one SQL type for each kind. */
export type ColumnKind =
  | 'uuid'
  | 'text'
  | 'integer'
  | 'bigint'
  | 'real'
  | 'boolean'
  | 'timestamp'
  | 'json'
  | 'bytes'

/**
 * How the server supplies a column's value. When a row is created without it: a fresh UUIDv7, the
 * current time, or the id of the actor who creates the row. Always: the number of the row's version,
 * or a value generated from other columns.
 */
export type Fill = 'uuid' | 'now' | 'actor' | 'version' | 'generated'

/**
 * What happens to a row when the row that it refers to is deleted: that is refused while the row is
 * there (`restrict`), or the row goes as well, or it refers to nothing.
 */
export type OnDelete = 'restrict' | 'cascade' | 'set null'

/** As much of a table as a reference to it needs. */
export interface ReferencedTable {
  readonly name: string
  readonly primaryKey: string
  readonly columns: Readonly<Record<string, Column>>
}

/** Where a column's values come from: the primary key of another table. */
export interface Reference {
  readonly table: () => ReferencedTable
  readonly onDelete: OnDelete
}

/** What a generated column is computed from. */
export interface Generated {
  /** Columns of the same table. */
  readonly from: readonly string[]
  /** Given the values of those columns as rows have them. */
  readonly value: (row: Readonly<Record<string, unknown>>) => unknown
}

/** A column: its schema, its storage and where its value comes from. */
export interface Column<
  Schema extends v.GenericSchema = v.GenericSchema,
  Filled extends Fill | undefined = Fill | undefined,
> {
  readonly kind: ColumnKind
  readonly schema: Schema
  readonly nullable: boolean
  readonly primaryKey: boolean
  /** Set by the server when absent; resources never take such a column from a client. */
  readonly fill: Filled
  /** `now` writes the current time at each update as well. */
  readonly onUpdate: 'now' | undefined
  readonly references: Reference | undefined
  /** Where `fill` is `generated`: how. */
  readonly generated: Generated | undefined
}
