/**
 * The peer `elysia`: what `hand` does on Elysia with its adapter for Node, schemas by its own `t`.
 *
 * `node peers/elysia.ts FILE`
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { node } from '@elysiajs/node'
import { Elysia, t } from 'elysia'
import { served } from '../harness/served.ts'
import { fromCursor, newNote, problemOf, toPage } from './notes.ts'
import { fill, findNote, listNotes, signIn, storeNote, userOf } from './notes-store.ts'

const strict = { additionalProperties: false } as const
const Note = t.Object({
  id: t.String(),
  owner: t.String(),
  title: t.String(),
  body: t.String(),
  createdAt: t.String(),
})

const app = new Elysia({ adapter: node(), normalize: false })
  .onRequest(({ set }) => {
    set.headers['x-request-id'] = randomUUID()
  })
  .onError(({ code, error }) => {
    if (error instanceof Response) return error
    if (code === 'VALIDATION') return problem(422, 'Invalid input')
    if (code === 'PARSE') return problem(400, 'The body is not JSON')
    if (code === 'NOT_FOUND') return problem(404, 'Not found')
    console.error(error)
    return problem(500, 'Internal server error')
  })
  .post(
    '/auth/sign-in',
    async ({ body }) => {
      const token = await signIn(body)
      return token === undefined ? problem(401, 'Wrong e-mail or password') : { token }
    },
    { body: t.Object({ email: t.String(), password: t.String() }, strict) },
  )
  // Runs before validation, so that nobody learns what is valid without a session.
  .derive(({ headers }) => {
    const userId = userOf(headers['authorization'])
    if (userId === undefined) throw problem(401, 'Sign in first')
    return { userId }
  })
  .get(
    '/notes/:id',
    ({ params, userId }) => findNote(params.id, userId) ?? problem(404, 'Not found'),
    { params: t.Object({ id: t.String({ format: 'uuid' }) }), response: { 200: Note } },
  )
  .get(
    '/notes',
    ({ query: { limit, cursor }, userId }) => {
      const after = cursor === undefined ? undefined : fromCursor(cursor)
      if (cursor !== undefined && after === undefined) {
        return problem(400, 'Not a cursor of this list')
      }
      return toPage(listNotes(userId, limit + 1, after), limit)
    },
    {
      query: t.Object(
        {
          limit: t.Integer({ minimum: 1, maximum: 100, default: 20 }),
          order: t.Optional(t.Literal('-createdAt')),
          cursor: t.Optional(t.String()),
        },
        strict,
      ),
      response: { 200: t.Object({ items: t.Array(Note), next: t.Nullable(t.String()) }) },
    },
  )
  .post(
    '/notes',
    ({ body, userId, set }) => {
      const note = newNote(body, userId)
      storeNote(note)
      set.status = 201
      set.headers['location'] = `/notes/${note.id}`
      return note
    },
    {
      body: t.Object(
        { title: t.String({ minLength: 1, maxLength: 200 }), body: t.String() },
        strict,
      ),
      response: { 201: Note },
    },
  )

function problem(status: number, title: string): Response {
  return new Response(problemOf(status, title), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  })
}

/** The adapter tells the port it was asked for, not the one it got. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

await fill()
const port = await freePort()
app.listen({ hostname: '127.0.0.1', port })
// It tells that it listens before it does.
await setTimeout(100)
served({ port, signIn: '/auth/sign-in', credential: 'bearer' })
