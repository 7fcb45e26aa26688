/**
 * What the peers on Hono share: an app with problem details, how input is read, and the limit on bodies.
 * How they know the user and reach the rows is their own.
 */
import type { HonoRequest } from 'hono'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'
import { requestId } from 'hono/request-id'
import * as v from 'valibot'
import {
  fromCursor,
  maxBody,
  type Note,
  NoteId,
  NoteInput,
  newNote,
  PageQuery,
  type PageRequest,
  problemOf,
} from './notes.ts'

export type SignedIn = { Variables: { userId: string } }

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
  return new Response(problemOf(status, title), {
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
  return newNote(valid(NoteInput, await readJson(request)), owner)
}

export function readPage(request: HonoRequest): PageRequest {
  const { limit, cursor } = valid(PageQuery, request.query())
  if (cursor === undefined) return { limit, after: undefined }
  return { limit, after: fromCursor(cursor) ?? fail(400, 'Not a cursor of this list') }
}
