import type { ColumnKind } from '../../data/index.ts'
import { fromBase64, toBase64 } from './base64.ts'
import type { JsonSchema } from './described.ts'
import { fromInstant, toInstant } from './instant.ts'

/** How the values of one kind of column look outside the server. */
export interface WireKind {
  /** What a reader of an error is told to send, such as `an integer`. */
  readonly expected: string
  /** Reads a value from a query string; undefined when the text is not one. Absent: never there. */
  readonly fromText?: (text: string) => unknown
  /** Reads a value that JSON has no type for; undefined when it is not one. */
  readonly fromJson?: (value: unknown) => unknown
  /** Writes a value that `JSON.stringify` would not write like that by itself. */
  readonly toJson?: (value: never) => unknown
  readonly schema: JsonSchema
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
const INTEGER = /^-?(0|[1-9]\d{0,18})$/
const MAX_BIGINT = 2n ** 63n - 1n

const instant = {
  expected: 'an instant such as 2026-01-31T09:30:00Z',
  fromText: fromInstant,
  fromJson: fromInstant,
  toJson: toInstant,
  schema: { type: 'string', format: 'date-time' },
} satisfies WireKind

const bigint = {
  expected: 'a whole number of 64 bits as text',
  fromText: toBigint,
  fromJson: toBigint,
  toJson: (value: bigint) => value.toString(),
  schema: { type: 'string', pattern: '^-?(0|[1-9]\\d{0,18})$' },
} satisfies WireKind

const bytes = {
  expected: 'bytes as base64',
  fromJson: fromBase64,
  toJson: toBase64,
  schema: { type: 'string', contentEncoding: 'base64' },
} satisfies WireKind

/** Every kind of column: instants are RFC 3339 text, big integers decimal text, bytes base64. */
export const wireKinds: Readonly<Record<ColumnKind, WireKind>> = {
  uuid: {
    expected: 'an id',
    fromText: (text) => text,
    schema: { type: 'string', format: 'uuid' },
  },
  text: { expected: 'text', fromText: (text) => text, schema: { type: 'string' } },
  integer: { expected: 'a whole number', fromText: toInteger, schema: { type: 'integer' } },
  bigint,
  real: { expected: 'a number', fromText: toReal, schema: { type: 'number' } },
  boolean: {
    expected: 'true or false',
    fromText: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
    schema: { type: 'boolean' },
  },
  timestamp: instant,
  json: { expected: 'a JSON value', schema: {} },
  bytes,
}

function toInteger(text: string): number | undefined {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}

function toReal(text: string): number | undefined {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

function toBigint(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !INTEGER.test(text)) return undefined
  const value = BigInt(text)
  return value <= MAX_BIGINT && value >= -MAX_BIGINT - 1n ? value : undefined
}
