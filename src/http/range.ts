import { PlinthError } from '../kernel/index.ts'
import { isStrong } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'
import type { Incoming } from './message.ts'
import type { HeaderFields } from './response-headers.ts'

/** Bytes from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** Digits enough for every size there is, and too few to be slow or inexact. */
const RANGE = /^bytes[ \t]*=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i

/**
 * Finds the one range that a GET asks for, or undefined when it is to be answered whole: nothing is
 * asked for, several ranges are, or the file has changed since (RFC 9110, sections 13.1.5 and 14.2).
 * Throws `range_not_satisfiable` (416) for a range outside of the file.
 */
export function findRange(
  incoming: Incoming,
  { size, headers }: { readonly size: number; readonly headers: HeaderFields },
): Range | undefined {
  const asked = incoming.method === 'GET' ? incoming.header('range') : null
  const [, first = '', last = ''] = RANGE.exec(asked ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  if (!isUnchanged(incoming.header('if-range'), headers)) return undefined
  const range =
    first === ''
      ? { start: Math.max(0, size - Number(last)), end: size }
      : { start: Number(first), end: last === '' ? size : Math.min(size, Number(last) + 1) }
  if (range.start < range.end) return range
  throw new PlinthError('range_not_satisfiable', `The file has ${size} bytes.`, {
    status: 416,
    headers: { 'content-range': `bytes */${size}` },
  })
}

function isUnchanged(condition: string | null, headers: HeaderFields): boolean {
  if (condition === null) return true
  const { etag, 'last-modified': modified } = headers
  if (condition.includes('"')) return condition === etag && isStrong(condition)
  const date = parseHttpDate(condition)
  return date !== undefined && typeof modified === 'string' && date === parseHttpDate(modified)
}
