/**
 * A value as it is stored, the same on every database: text, JSON as its text, booleans as 0 and 1,
 * instants as milliseconds since the Unix epoch, integers beyond 2^53 as bigint.
 */
export type StoredValue = string | number | bigint | Uint8Array | null
/** The values of a row, in the order in which they were asked for. */
export type StoredRow = readonly StoredValue[]
/** The same by the names of the columns. */
export type NamedRow = Record<string, StoredValue>
export type MaybePromise<T> = T | Promise<T>
