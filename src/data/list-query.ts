import type { FilterOf } from './filter-of.ts'
import type { OrderOf } from './order-of.ts'
import type { Exact, Include, Select } from './result.ts'
import type { AnyTable, Patch, Row } from './table.ts'

/** What of each row is wanted: some columns, and rows related to it. */
export interface GetQuery<
  T extends AnyTable,
  S extends Select<T> | undefined = undefined,
  I extends Include<T> = Record<never, never>,
> {
  /** Names of columns. Default: all. */
  readonly select?: S
  /** Relations whose rows come with the row: at most one statement for each level. */
  readonly include?: I & Exact<T, I>
}

/** Which row `first` means, and what of it. */
export interface FirstQuery<
  T extends AnyTable,
  S extends Select<T> | undefined = undefined,
  I extends Include<T> = Record<never, never>,
> extends GetQuery<T, S, I> {
  readonly where?: FilterOf<T> | undefined
  readonly orderBy?: OrderOf<T> | undefined
}

/** Which page of which rows `list` means, and what of them. */
export interface ListQuery<
  T extends AnyTable,
  S extends Select<T> | undefined = undefined,
  I extends Include<T> = Record<never, never>,
> extends FirstQuery<T, S, I> {
  /** 1 to 1,000 rows. Default 50. */
  readonly limit?: number | undefined
  /** The `next` of the page before. Signed, and bound to the table, query and actor. */
  readonly cursor?: string | undefined
  /**
   * Leaves out rows that repeat another in the selected columns; ordered by those only. Default false.
   */
  readonly distinct?: boolean | undefined
}

/** Which rows `stream` means, and what of them. */
export interface StreamQuery<
  T extends AnyTable,
  S extends Select<T> | undefined = undefined,
  I extends Include<T> = Record<never, never>,
> extends FirstQuery<T, S, I> {
  /** Rows that are read, and held in memory, at a time: 1 to 1,000. Default 500. */
  readonly batch?: number | undefined
}

/** A page of rows. `next` is null on the last page. */
export interface Page<Item> {
  readonly items: Item[]
  readonly next: string | null
}

/** What `upsert` does where the row exists. */
export interface UpsertQuery<T extends AnyTable> {
  /** The columns that tell whether it does: those of one unique key, or the primary key. */
  readonly on: readonly (keyof Row<T> & string)[]
  /** What becomes of it. Default: the values given, without those of `on`. */
  readonly update?: Patch<T>
}
