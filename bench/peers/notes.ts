/**
 * What all assembled peers say alike on the wire, whatever their framework: input, ids, cursors and
 * problem details.
 */
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'

export interface Note {
  id: string
  owner: string
  title: string
  body: string
  createdAt: string
}

export const NoteInput = v.strictObject({
  title: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)),
  body: v.string(),
})
export const NoteId = v.pipe(v.string(), v.uuid())
export const PageQuery = v.strictObject({
  limit: v.optional(
    v.pipe(v.string(), v.digits(), v.toNumber(), v.minValue(1), v.maxValue(100)),
    '20',
  ),
  order: v.optional(v.literal('-createdAt')),
  cursor: v.optional(v.string()),
})
const Cursor = v.strictTuple([v.pipe(v.string(), v.isoTimestamp()), NoteId])

export const SignUp = v.strictObject({
  email: v.pipe(v.string(), v.trim(), v.toLowerCase(), v.email(), v.maxLength(254)),
  password: v.pipe(v.string(), v.minLength(8), v.maxLength(256)),
  name: v.optional(v.pipe(v.string(), v.maxLength(200)), ''),
})
export const SignIn = v.omit(SignUp, ['name'])

export const maxBody: number = 1024 * 1024

/** The body of a problem document (RFC 9457). */
export function problemOf(status: number, title: string): string {
  return JSON.stringify({ type: 'about:blank', title, status })
}

/** The note that valid input describes, with all that the server adds. */
export function newNote({ title, body }: v.InferOutput<typeof NoteInput>, owner: string): Note {
  return { id: uuidv7(), owner, title, body, createdAt: new Date().toISOString() }
}

export interface PageRequest {
  readonly limit: number
  readonly after: Place | undefined
}

/** Where in a list a page ends. */
export interface Place {
  readonly createdAt: string
  readonly id: string
}

/** A page from one row more than it holds, which tells whether another follows. */
export function toPage(rows: Note[], limit: number): { items: Note[]; next: string | null } {
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return { items, next: last === undefined ? null : toCursor(last) }
}

function toCursor({ createdAt, id }: Note): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url')
}

/** Undefined for what is no cursor. */
export function fromCursor(cursor: string): Place | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const [createdAt, id] = v.parse(Cursor, value)
    return { createdAt, id }
  } catch {
    return undefined
  }
}

export function uuidv7(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
