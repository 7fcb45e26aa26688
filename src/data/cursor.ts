import { fromBase64Url, type Mac, toBase64Url } from '../kernel/index.ts'
import { type Context, SYSTEM } from './context.ts'
import { invalidCursor } from './errors.ts'
import { chain } from './maybe-promise.ts'
import type { QueryCondition } from './model.ts'
import type { OrderTerm } from './query.ts'
import type { MaybePromise, StoredValue } from './value.ts'
import { wordsOf } from './words.ts'

/** The list that a cursor belongs to. */
export interface CursorOf {
  readonly context: Context
  readonly table: string
  /** The caller's filter: policies are asked anew for every page. */
  readonly where: QueryCondition | undefined
  readonly terms: readonly OrderTerm[]
}

/** 22 characters of base64url: 132 bits of the digest. */
const MAC_LENGTH = 22

/**
 * Writes where a page ended: the values of its last row in the order's columns, as the actor sees
 * them, and a digest under the database's own key that binds them to the table, filter, order and
 * actor.
 */
export function writeCursor(
  mac: Mac,
  list: CursorOf,
  values: readonly StoredValue[],
): MaybePromise<string> {
  const text = JSON.stringify(values.map(portable))
  const payload = toBase64Url(new TextEncoder().encode(text))
  return chain(sign(mac, list, payload), (signature) => `${payload}.${signature}`)
}

/** Reads a cursor back, or throws `invalid_cursor` when it is not one of this list. */
export function readCursor(
  mac: Mac,
  list: CursorOf,
  cursor: unknown,
): MaybePromise<readonly StoredValue[]> {
  if (typeof cursor !== 'string') throw invalidCursor()
  const at = cursor.length - MAC_LENGTH - 1
  const payload = cursor.slice(0, Math.max(at, 0))
  const given = cursor.slice(at + 1)
  return chain(sign(mac, list, payload), (signature) => {
    if (at < 1 || cursor[at] !== '.' || !sameText(given, signature)) throw invalidCursor()
    return readValues(payload, list.terms)
  })
}

function sign(mac: Mac, list: CursorOf, payload: string): MaybePromise<string> {
  const { table, where, terms } = list
  const subject = subjectOf(list.context)
  const order = terms.map(({ field, descending, nulls }) => [field.column.name, descending, nulls])
  const text = JSON.stringify([table, where && wordsOf(where), order, subject, payload])
  return chain(mac(text), (digest) => digest.slice(0, MAC_LENGTH))
}

/** The system, nobody and each actor differ: an actor's entry is an array. */
function subjectOf({ subject }: Context): unknown {
  return subject === SYSTEM ? 'system' : subject && [subject.id]
}

/** JSON knows no bigint; as a list of its digits it cannot be taken for text. */
function portable(value: StoredValue): unknown {
  return typeof value === 'bigint' ? [String(value)] : value
}

/** What carries our signature was written here: only what a changed column kind would break is checked. */
function readValues(payload: string, terms: readonly OrderTerm[]): readonly StoredValue[] {
  const bytes = fromBase64Url(payload)
  const values: unknown = bytes && JSON.parse(new TextDecoder().decode(bytes))
  if (!Array.isArray(values) || values.length !== terms.length) throw invalidCursor()
  return values.map((value) => (Array.isArray(value) ? BigInt(String(value[0])) : value))
}

/** Compares to the end, so that the time taken says nothing about where texts differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let at = 0; at < b.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}
