/** The comparisons that a value can be put to. `ne` and `not` count null as different, never as unknown. */
export interface Comparison<Value> {
  readonly eq?: Value
  readonly ne?: Value
  readonly in?: readonly Exclude<Value, null>[]
  readonly gt?: Exclude<Value, null>
  readonly gte?: Exclude<Value, null>
  readonly lt?: Exclude<Value, null>
  readonly lte?: Exclude<Value, null>
}

/** Text also compares by its parts, case-sensitively and without wildcards. */
export interface TextComparison<Value> extends Comparison<Value> {
  readonly startsWith?: string
  readonly contains?: string
}

/** What a column can be compared with. JSON and bytes can only be tested for null. */
export type Condition<Value> = [Exclude<Value, null>] extends [string]
  ? Value | TextComparison<Value>
  : [Exclude<Value, null>] extends [number | bigint | boolean | Date]
    ? Value | Comparison<Value>
    : null | { readonly eq?: null; readonly ne?: null }

/**
 * The one language in which queries and policies say which rows they mean. Keys are columns, a bare
 * value means equality, null means "is null", several keys mean all of them.
 *
 * Every comparison is true or false: null equals null and differs from every value, and no order
 * comparison holds for it. Text compares by Unicode code points. A filter has at most 500 parts
 * (filters and comparisons), 32 levels, and 1,000 values in a list.
 */
export type Filter<Row> = { readonly [K in keyof Row]?: Condition<Row[K]> } & {
  readonly and?: readonly Filter<Row>[]
  readonly or?: readonly Filter<Row>[]
  readonly not?: Filter<Row>
}
