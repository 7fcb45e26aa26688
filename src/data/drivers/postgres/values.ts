import type { ColumnKind } from '../../column.ts'
import type { StoredValue } from '../../value.ts'
import type { WireValue } from './wire.ts'

/** Turns what PostgreSQL answers, as text, into the stored form. */
export type Decode = (text: string) => StoredValue

/** Undefined where the text is the stored form. */
export function decoderOf(kind: ColumnKind): Decode | undefined {
  return decoders[kind]
}

/** The same where only the type of what is answered is known. */
export function decoderOfType(type: number): Decode | undefined {
  return byType[type]
}

const decoders: Readonly<Record<ColumnKind, Decode | undefined>> = {
  uuid: undefined,
  text: undefined,
  json: undefined,
  integer: toInteger,
  bigint: toInteger,
  real: Number,
  boolean: (text) => (text === 't' ? 1 : 0),
  timestamp: toMilliseconds,
  bytes: toBytes,
}

// https://www.postgresql.org/docs/current/catalog-pg-type.html: object ids of built-in types are fixed.
const byType: Readonly<Record<number, Decode>> = {
  16: (text) => (text === 't' ? 1 : 0),
  17: toBytes,
  20: toInteger,
  21: Number,
  23: Number,
  26: Number,
  700: Number,
  701: Number,
  1184: toMilliseconds,
}

function toInteger(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** Reads `\x` and two hexadecimal digits a byte. */
function toBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text.slice(2), 'hex')
  // Small buffers are parts of a larger one, which is nobody else's business.
  return new Uint8Array(bytes)
}

/** Reads `2024-02-29 12:00:00.123+00`, as sessions in UTC write instants. */
function toMilliseconds(text: string): number {
  const plain = text.length >= 22 && text[4] === '-' && text.endsWith('+00')
  const iso = plain ? `${text.slice(0, 10)}T${text.slice(11, -3)}Z` : undefined
  const milliseconds = iso === undefined ? Number.NaN : Date.parse(iso)
  return Number.isNaN(milliseconds) ? toFarMilliseconds(text) : milliseconds
}

const INSTANT =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-]\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/

/** Years of more than four digits or before our era, and other zones. Beyond the calendar: infinite. */
function toFarMilliseconds(text: string): number {
  const parts = INSTANT.exec(text)
  if (!parts) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const [, year, month, day, hours, minutes, seconds, fraction = '', ...zone] = parts
  const date = new Date(0)
  // The year before 1 AD is 1 BC.
  const astronomical = zone[3] ? 1 - Number(year) : Number(year)
  date.setUTCFullYear(astronomical, Number(month) - 1, Number(day))
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  date.setUTCHours(Number(hours), Number(minutes), Number(seconds), milliseconds)
  const [offset = '+00', offsetMinutes = '0', offsetSeconds = '0'] = zone
  const sign = offset.startsWith('-') ? -1 : 1
  const away = Math.abs(Number(offset)) * 3600 + Number(offsetMinutes) * 60 + Number(offsetSeconds)
  return date.getTime() - sign * away * 1000
}

/** A parameter in stored form, as its column's type is written. */
export function encode(kind: ColumnKind, value: StoredValue): unknown {
  if (value === null) return null
  if (kind === 'boolean') return value ? 'true' : 'false'
  if (kind === 'timestamp') return toInstant(Number(value))
  return value
}

function toInstant(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString()
  if (!/^[+-]/.test(text)) return text
  const year = Number(text.slice(0, 7))
  const rest = text.slice(7)
  return year > 0 ? `${year}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`
}

/** What is sent for a parameter: encoded ones, and values of other languages than the core's. */
export function toWire(value: unknown): WireValue {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'object') return String(value)
  if (value instanceof Date) return toInstant(value.getTime())
  return Array.isArray(value) ? toArray(value.map(toWire)) : JSON.stringify(value)
}

/** The text of an array. */
export function toArray(values: readonly WireValue[]): string {
  return `{${values.map(toElement).join(',')}}`
}

function toElement(value: WireValue): string {
  if (value === null) return 'NULL'
  const text = typeof value === 'string' ? value : `\\x${Buffer.from(value).toString('hex')}`
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
