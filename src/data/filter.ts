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
  readonly endsWith?: string
  readonly contains?: string
}

/** What is found inside of JSON and can be compared. */
export type JsonScalar = string | number | boolean

/**
 * Compares what is at a path inside of JSON. What is not there, or of another type than what it is
 * compared with, differs from it and has no order.
 */
export interface JsonComparison extends TextComparison<JsonScalar> {
  /** 1 to 32 steps: text is the key of an object, an integer a place in an array, from 0. */
  readonly path: readonly (string | number)[]
}

/** What a column can be compared with. JSON as a whole and bytes can only be tested for null. */
export type Condition<Value> = [Exclude<Value, null>] extends [string]
  ? Value | TextComparison<Value>
  : [Exclude<Value, null>] extends [number | bigint | boolean | Date]
    ? Value | Comparison<Value>
    : [Exclude<Value, null>] extends [Uint8Array]
      ? null | NullTest
      : null | NullTest | JsonComparison

/** Tells whether there is a value. */
export interface NullTest {
  readonly eq?: null
  readonly ne?: null
}

/**
 * The one language in which queries and policies say which rows they mean. Keys are columns, a bare
 * value means equality, null means "is null", several keys mean all of them.
 *
 * Every comparison is true or false: null equals null and differs from every value, and no order
 * comparison holds for it. Text compares by Unicode code points. A filter has at most 500 parts
 * (filters and comparisons), 32 levels, and 1,000 values in a list.
 *
 * `FilterOf` also reaches other tables through relations.
 */
export type Filter<Row> = { readonly [K in keyof Row]?: Condition<Row[K]> } & {
  readonly and?: readonly Filter<Row>[]
  readonly or?: readonly Filter<Row>[]
  readonly not?: Filter<Row>
}
