import type { AnyTable, Row } from './table.ts'

export type Direction = 'asc' | 'desc'

/** A direction, with the place of null said rather than left to the default. */
export interface Ordering {
  readonly direction: Direction
  /** Default: null is the least value, first ascending and last descending. */
  readonly nulls?: 'first' | 'last'
}

/**
 * Column by column, the order of rows. Null counts as the least value: first ascending, last
 * descending, unless `nulls` says otherwise. JSON and bytes have no order. The primary key is added
 * last by itself, in the direction of the last column.
 */
export type OrderOf<T extends AnyTable> = { readonly [K in keyof Row<T>]?: Direction | Ordering }
