import type { ColumnKind, OnDelete } from '../../../column.ts'
import type { StoredValue } from '../../../value.ts'

/** A table as the code wants it, in the words of one database. */
export interface WantedTable {
  readonly name: string
  readonly columns: readonly WantedColumn[]
  readonly indexes: readonly WantedIndex[]
}

export interface WantedColumn {
  readonly name: string
  readonly kind: ColumnKind
  /** As the database spells it. */
  readonly type: string
  readonly nullable: boolean
  readonly primaryKey: boolean
  readonly reference?: WantedReference | undefined
  /** What rows that are there already get; undefined where nothing is right for all of them. */
  readonly existing: StoredValue | undefined
}

export interface WantedReference {
  /** What the constraint behind it is called, where constraints have names. */
  readonly name: string
  readonly table: string
  /** The primary key of that table. */
  readonly key: string
  readonly onDelete: OnDelete
}

export interface WantedIndex {
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
  /** Those of its columns that may be null. */
  readonly nullable: readonly string[]
}
