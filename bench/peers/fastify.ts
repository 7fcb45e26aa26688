/**
 * The peer `fastify`: what `hand` does on Fastify, by its own means: JSON schemas checked by ajv, which
 * refuses unknown keys instead of removing them, answers written by the serializers made of schemas, and
 * no log, as `hand` has none.
 *
 * `node peers/fastify.ts FILE`
 */
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { served } from '../harness/served.ts'
import { fromCursor, maxBody, newNote, problemOf, toPage } from './notes.ts'
import { fill, findNote, listNotes, signIn, signUp, storeNote, userOf } from './notes-store.ts'

declare module 'fastify' {
  interface FastifyRequest {
    userId: string
  }
}

const text = { type: 'string' } as const
const note = {
  type: 'object',
  properties: { id: text, owner: text, title: text, body: text, createdAt: text },
  required: ['id', 'owner', 'title', 'body', 'createdAt'],
} as const
const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const page = object({
  items: { type: 'array', items: note },
  next: { type: ['string', 'null'] },
})
const noteInput = object({ title: { ...text, minLength: 1, maxLength: 200 }, body: text })
const pageQuery = object(
  {
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    order: { const: '-createdAt' },
    cursor: text,
  },
  [],
)
const credentials = {
  email: { ...text, format: 'email', maxLength: 254 },
  password: { ...text, minLength: 8, maxLength: 256 },
}

// Fastify's own compiler turns a 1 into a text, in bodies too: there it is a mistake.
const reading = { useDefaults: true, removeAdditional: false } as const
const ajv = {
  body: formats.default(new Ajv({ ...reading, coerceTypes: false })),
  texts: formats.default(new Ajv({ ...reading, coerceTypes: true })),
}

const app = fastify({ bodyLimit: maxBody, requestIdHeader: 'x-request-id' })
app.setValidatorCompiler(({ schema, httpPart }) =>
  (httpPart === 'body' ? ajv.body : ajv.texts).compile(schema),
)
app.setErrorHandler(
  (error: { statusCode?: number; validation?: unknown; message: string }, request, reply) => {
    if (error.validation) return problem(reply, 422, error.message)
    const status = error.statusCode ?? 500
    if (status >= 500) console.error(request.id, error)
    return problem(reply, status, status < 500 ? error.message : 'Internal server error')
  },
)
app.setNotFoundHandler((_, reply) => problem(reply, 404, 'Not found'))
app.decorateRequest('userId', '')

const signedIn = {
  onRequest: (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
    const userId = userOf(request.headers.authorization)
    if (userId === undefined) return void problem(reply, 401, 'Sign in first')
    request.userId = userId
    next()
  },
}

app.post<{ Body: { email: string; password: string; name?: string } }>(
  '/auth/sign-up',
  { schema: { body: object({ ...credentials, name: text }, ['email', 'password']) } },
  async (request, reply) => {
    const { email, password, name = '' } = request.body
    const created = await signUp({ email: email.trim().toLowerCase(), password, name })
    if (created === undefined) return problem(reply, 409, 'E-mail already in use')
    return reply.code(201).send({ user: created })
  },
)

app.post<{ Body: { email: string; password: string } }>(
  '/auth/sign-in',
  { schema: { body: object(credentials), response: { 200: object({ token: text }) } } },
  async (request, reply) => {
    const { email, password } = request.body
    const token = await signIn({ email: email.trim().toLowerCase(), password })
    return token === undefined ? problem(reply, 401, 'Wrong e-mail or password') : { token }
  },
)

app.get<{ Params: { id: string } }>(
  '/notes/:id',
  {
    ...signedIn,
    schema: { params: object({ id: { ...text, format: 'uuid' } }), response: { 200: note } },
  },
  (request, reply) => {
    const found = findNote(request.params.id, request.userId)
    if (found === undefined) problem(reply, 404, 'Not found')
    else reply.send(found)
  },
)

app.get<{ Querystring: { limit: number; cursor?: string } }>(
  '/notes',
  { ...signedIn, schema: { querystring: pageQuery, response: { 200: page } } },
  (request, reply) => {
    const { limit, cursor } = request.query
    const after = cursor === undefined ? undefined : fromCursor(cursor)
    if (cursor !== undefined && after === undefined) {
      problem(reply, 400, 'Not a cursor of this list')
      return
    }
    reply.send(toPage(listNotes(request.userId, limit + 1, after), limit))
  },
)

app.post<{ Body: { title: string; body: string } }>(
  '/notes',
  { ...signedIn, schema: { body: noteInput, response: { 201: note } } },
  (request, reply) => {
    const created = newNote(request.body, request.userId)
    storeNote(created)
    reply.code(201).header('location', `/notes/${created.id}`).send(created)
  },
)

function problem(reply: FastifyReply, status: number, title: string): FastifyReply {
  return reply.code(status).type('application/problem+json').send(problemOf(status, title))
}

await fill()
const url = await app.listen({ host: '127.0.0.1', port: 0 })
served({ port: Number(new URL(url).port), signIn: '/auth/sign-in', credential: 'bearer' })
