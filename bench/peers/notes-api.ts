/**
 * What both hand-assembled peers say alike on the wire: input, ids, cursors, problem details and the
 * limit on bodies. How they know the user and reach the rows is their own.
 */
import { randomUUID } from 'node:crypto'
import type { HonoRequest } from 'hono'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'
import { requestId } from 'hono/request-id'
import * as v from 'valibot'

export interface Note {
  id: string
  owner: string
  title: string
  body: string
  createdAt: string
}

export type SignedIn = { Variables: { userId: string } }

const NoteInput = v.strictObject({
  title: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)),
  body: v.string(),
})
const NoteId = v.pipe(v.string(), v.uuid())
const PageQuery = v.strictObject({
  limit: v.optional(
    v.pipe(v.string(), v.digits(), v.toNumber(), v.minValue(1), v.maxValue(100)),
    '20',
  ),
  order: v.optional(v.literal('-createdAt')),
  cursor: v.optional(v.string()),
})
const Cursor = v.strictTuple([v.pipe(v.string(), v.isoTimestamp()), NoteId])

/** An app with a request id and problem details (RFC 9457) for every error. */
export function createApp(): Hono<SignedIn> {
  const app = new Hono<SignedIn>()
  app.use(requestId())
  app.onError((error, c) => {
    if (error instanceof HTTPException) return problem(error.status, error.message)
    console.error(c.get('requestId'), error)
    return problem(500, 'Internal server error')
  })
  app.notFound(() => problem(404, 'Not found'))
  return app
}

const maxBody = 1024 * 1024
const tooLarge = (): Response => problem(413, 'Body too large')
const limitStream = bodyLimit({ maxSize: maxBody, onError: tooLarge })

/**
 * Refuses bodies over the limit. A declared length is enough, as Node holds the body to it; asking the
 * request for its stream, which `bodyLimit` does first, costs the adapter's quick way to read JSON.
 */
export const limited = createMiddleware((c, next) => {
  const length = c.req.header('content-length')
  if (length === undefined || c.req.header('transfer-encoding') !== undefined) {
    return limitStream(c, next)
  }
  return Number(length) > maxBody ? Promise.resolve(tooLarge()) : next()
})

export function problem(status: number, title: string): Response {
  return new Response(JSON.stringify({ type: 'about:blank', title, status }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  })
}

export function fail(status: 400 | 401 | 409 | 415 | 422, title: string): never {
  throw new HTTPException(status, { message: title })
}

export async function readJson(request: HonoRequest): Promise<unknown> {
  if (!/^application\/json(;|$)/i.test(request.header('content-type') ?? '')) {
    fail(415, 'Send application/json')
  }
  try {
    return await request.json()
  } catch {
    return fail(400, 'The body is not JSON')
  }
}

export function valid<const Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input)
  return result.success ? result.output : fail(422, result.issues[0].message)
}

export function readNoteId(request: HonoRequest): string {
  return valid(NoteId, request.param('id'))
}

/** The note that the body describes, with all that the server adds. */
export async function readNewNote(request: HonoRequest, owner: string): Promise<Note> {
  const { title, body } = valid(NoteInput, await readJson(request))
  return { id: uuidv7(), owner, title, body, createdAt: new Date().toISOString() }
}

export interface PageRequest {
  readonly limit: number
  readonly after: { readonly createdAt: string; readonly id: string } | undefined
}

export function readPage(request: HonoRequest): PageRequest {
  const { limit, cursor } = valid(PageQuery, request.query())
  return { limit, after: cursor === undefined ? undefined : fromCursor(cursor) }
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

function fromCursor(cursor: string): { createdAt: string; id: string } {
  try {
    const [createdAt, id] = valid(Cursor, JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { createdAt, id }
  } catch {
    return fail(400, 'Not a cursor of this list')
  }
}

export function uuidv7(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
