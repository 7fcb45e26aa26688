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

export type Condition<Value> =
  | Value
  | (Exclude<Value, null> extends string ? TextComparison<Value> : Comparison<Value>)

/**
 * The one language in which queries and policies say which rows they mean. Keys are columns, a bare
 * value means equality, null means "is null", several keys mean all of them.
 */
export type Filter<Row> = { readonly [K in keyof Row]?: Condition<Row[K]> } & {
  readonly and?: readonly Filter<Row>[]
  readonly or?: readonly Filter<Row>[]
  readonly not?: Filter<Row>
}
