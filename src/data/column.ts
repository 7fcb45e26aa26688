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
 * Who supplies a column's value when a row is created without it: a fresh UUIDv7, the current time,
 * the id of the actor who creates the row, or the count of the row's versions.
 */
export type Fill = 'uuid' | 'now' | 'actor' | 'version'

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
  /** Computes the value from other columns, whenever one of those is written. */
  readonly generated?: Generated | undefined
}

/** How a column's value follows from others of its row. */
export interface Generated {
  readonly from: readonly string[]
  // biome-ignore lint/suspicious/noExplicitAny: the row's type is that of a table not yet declared
  readonly value: (row: any) => unknown
}
