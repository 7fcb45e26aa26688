import type { Comparison } from './filter.ts'
import type { FilterOf } from './filter-of.ts'
import type { Direction, Ordering } from './order-of.ts'
import type { AnyTable, Row } from './table.ts'

/** The names that aggregates have in rows; a column of one of these names cannot be grouped by. */
export type AggregateKey = 'count' | 'sum' | 'avg' | 'min' | 'max'

/** Columns that rows can be grouped by. */
export type GroupColumn<T extends AnyTable> = Exclude<keyof Row<T> & string, AggregateKey>
/** Columns that can be added up. */
export type NumberColumn<T extends AnyTable> = ColumnsHolding<Row<T>, number | bigint>
/** Columns of numbers, text or instants, which have least and greatest values; keys do not count. */
export type OrderedColumn<T extends AnyTable> = ColumnsHolding<
  Row<T>,
  number | bigint | string | Date
>

type ColumnsHolding<R, Value> = {
  [K in keyof R]: [Exclude<R[K], null>] extends [Value] ? K & string : never
}[keyof R]

/** Which rows `aggregate` means, how it groups them, and what it tells about each group. */
export interface AggregateQuery<
  T extends AnyTable,
  Group extends GroupColumn<T> = GroupColumn<T>,
  Count extends boolean = boolean,
  Sum extends NumberColumn<T> = NumberColumn<T>,
  Avg extends NumberColumn<T> = NumberColumn<T>,
  Min extends OrderedColumn<T> = OrderedColumn<T>,
  Max extends OrderedColumn<T> = OrderedColumn<T>,
> {
  readonly where?: FilterOf<T> | undefined
  /** Rows with the same values form a group, nulls together. Default: all rows are one group. */
  readonly groupBy?: readonly Group[]
  /** The number of rows. */
  readonly count?: Count
  readonly sum?: readonly Sum[]
  readonly avg?: readonly Avg[]
  readonly min?: readonly Min[]
  readonly max?: readonly Max[]
  /** Which groups are told of, by aggregates that are asked for. */
  readonly having?: Having<T> | undefined
  /** By columns of `groupBy` and by aggregates that are asked for. Default: by `groupBy`. */
  readonly orderBy?: AggregateOrder<T> | undefined
  /** 1 to 1,000 groups. Default: all. */
  readonly limit?: number | undefined
}

/** Conditions on the aggregates of a group, as a filter has them on columns. All of them must hold. */
export interface Having<T extends AnyTable> {
  readonly count?: number | Comparison<number>
  readonly sum?: { readonly [K in NumberColumn<T>]?: Compared<SumOf<Row<T>[K]>> }
  readonly avg?: { readonly [K in NumberColumn<T>]?: Compared<number> }
  readonly min?: { readonly [K in OrderedColumn<T>]?: Compared<Row<T>[K]> }
  readonly max?: { readonly [K in OrderedColumn<T>]?: Compared<Row<T>[K]> }
}

type Compared<Value> = Value | null | Comparison<Value | null>

/** The order of groups. */
export type AggregateOrder<T extends AnyTable> = {
  readonly [K in GroupColumn<T>]?: Direction | Ordering
} & {
  readonly count?: Direction | Ordering
  readonly sum?: { readonly [K in NumberColumn<T>]?: Direction | Ordering }
  readonly avg?: { readonly [K in NumberColumn<T>]?: Direction | Ordering }
  readonly min?: { readonly [K in OrderedColumn<T>]?: Direction | Ordering }
  readonly max?: { readonly [K in OrderedColumn<T>]?: Direction | Ordering }
}

/**
 * What `aggregate` tells about one group: its columns, and under the name of each aggregate asked for
 * a number (`count`) or an object of columns. Aggregates pass over null, and are null where nothing
 * else is there. The sum of a bigint column is a bigint.
 *
 * ```ts
 * import { type AggregateRow, id, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const sales = table('sales', { id: id(), shop: v.string(), total: v.number() })
 *
 * type Shop = AggregateRow<typeof sales, { groupBy: ['shop']; count: true; sum: ['total'] }>
 * const shop: Shop = { shop: 'north', count: 2, sum: { total: 300 } }
 * ```
 */
export type AggregateRow<T extends AnyTable, Q> = Flat<
  { [K in Named<Q, 'groupBy'> & keyof Row<T>]: Row<T>[K] } & CountOf<Q> &
    Part<Q, 'sum', { [K in Named<Q, 'sum'> & keyof Row<T>]: SumOf<Row<T>[K]> | null }> &
    Part<Q, 'avg', { [K in Named<Q, 'avg'>]: number | null }> &
    Part<Q, 'min', { [K in Named<Q, 'min'> & keyof Row<T>]: Row<T>[K] | null }> &
    Part<Q, 'max', { [K in Named<Q, 'max'> & keyof Row<T>]: Row<T>[K] | null }>
>

type SumOf<Value> = [Exclude<Value, null>] extends [bigint] ? bigint : number
type Flat<T> = { [K in keyof T]: T[K] } & {}
type Named<Q, Key extends string> = Q extends { readonly [K in Key]: readonly (infer Name)[] }
  ? Name & string
  : never
type CountOf<Q> = Q extends { readonly count: true } ? { count: number } : unknown
type Part<Q, Key extends string, Values> = [Named<Q, Key>] extends [never]
  ? unknown
  : { [K in Key]: Values }
