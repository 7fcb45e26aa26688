import type { FieldPacket, TypedParameter } from 'mysql2'
import { PlinthError } from '../../../kernel/index.ts'
import type { ColumnKind } from '../../column.ts'
import type { StoredRow, StoredValue } from '../../value.ts'
import type { Parameter } from '../sql/driver.ts'

/**
 * Turns parameters into what mysql2 sends. Left to itself it sends numbers as DOUBLE and bigints as
 * text, and the server compares integer columns with either as doubles: beyond 2^53 neighbours would
 * be equal, and LIMIT would be refused.
 */
export function toParameters(params: readonly Parameter[], types: TypedParameter): unknown[] {
  return params.map((value) => {
    if (typeof value === 'number') {
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? types.LONGLONG(value) : value
    }
    if (typeof value === 'bigint') return types.LONGLONG(sixtyFourBits(value))
    return value instanceof Uint8Array && !Buffer.isBuffer(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      : value
  })
}

function sixtyFourBits(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value
  throw new PlinthError('invalid_values', 'The value is out of range.', { status: 422 })
}

/** The bytes that parameters take up, at the most or exactly. */
export function sizeOf(params: readonly unknown[]): number {
  return params.reduce<number>((sum, value) => {
    if (typeof value === 'string') return sum + Buffer.byteLength(value)
    return value instanceof Uint8Array ? sum + value.byteLength : sum + 16
  }, 0)
}

/** Turns a row in place into the stored form. */
export type Convert = (row: unknown[]) => StoredRow

/** How the rows of a statement become stored rows, by what is known of their columns. */
export function convertBy(kinds: readonly ColumnKind[]): Convert {
  const columns = kinds.flatMap((kind, position) => {
    const convert = conversions[kind]
    return convert ? [{ position, convert }] : []
  })
  return (row) => {
    for (const { position, convert } of columns) {
      const value = row[position]
      if (value !== null) row[position] = convert(value)
    }
    return row as StoredValue[]
  }
}

// What is not here arrives as it is stored.
const conversions: Partial<Record<ColumnKind, (value: unknown) => StoredValue>> = {
  integer: toInteger,
  bigint: toInteger,
  real: Number,
  boolean: Number,
  timestamp: toMilliseconds,
  bytes: toBytes,
}

/** A number where it fits: sums arrive as decimal text, integers beyond 2^53 as text of their digits. */
function toInteger(value: unknown): StoredValue {
  if (typeof value === 'number') return value
  const exact = BigInt(String(value))
  const near = Number(exact)
  return Number.isSafeInteger(near) ? near : exact
}

/** The package makes Dates of date and time as UTC, as the session says. */
function toMilliseconds(value: unknown): number {
  return (value as Date).getTime()
}

/** The package's buffers are parts of what the socket received: a copy does not keep all of it alive. */
function toBytes(value: unknown): Uint8Array {
  return new Uint8Array(value as Uint8Array)
}

// https://mariadb.com/docs/server/reference/clientserver-protocol: the type of 64-bit integers.
const LONGLONG = 8

/** How rows become stored rows when only the server says what they hold. */
export function convertByFields(fields: readonly FieldPacket[]): Convert {
  const integers = fields.map(({ columnType }) => columnType === LONGLONG)
  return (row) => {
    for (const [position, value] of row.entries()) {
      if (value instanceof Date) row[position] = value.getTime()
      else if (value instanceof Uint8Array) row[position] = toBytes(value)
      else if (integers[position] && typeof value === 'string') row[position] = toInteger(value)
    }
    return row as StoredValue[]
  }
}
