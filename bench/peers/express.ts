/**
 * The peer `express`: what `hand` does on Express 5, with its own JSON reader, `etag` and
 * `x-powered-by` off as its guide to performance has it, and valibot for the input.
 *
 * `node peers/express.ts FILE`
 */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import * as v from 'valibot'
import { served } from '../harness/served.ts'
import {
  fromCursor,
  maxBody,
  NoteId,
  NoteInput,
  newNote,
  PageQuery,
  problemOf,
  SignIn,
  SignUp,
  toPage,
} from './notes.ts'
import { fill, findNote, listNotes, signIn, signUp, storeNote, userOf } from './notes-store.ts'

class Refusal extends Error {
  readonly status: number
  constructor(status: number, title: string) {
    super(title)
    this.status = status
  }
}

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.set('query parser', 'simple')
app.use((_, response, next) => {
  response.setHeader('x-request-id', randomUUID())
  next()
})
const json = express.json({ limit: maxBody })

function signedIn(request: Request, response: Response, next: NextFunction): void {
  response.locals['userId'] = userOf(request.headers.authorization) ?? fail(401, 'Sign in first')
  next()
}

app.post('/auth/sign-up', json, async (request, response) => {
  const created = await signUp(valid(SignUp, request.body))
  response.status(201).json({ user: created ?? fail(409, 'E-mail already in use') })
})

app.post('/auth/sign-in', json, async (request, response) => {
  const token = await signIn(valid(SignIn, request.body))
  response.json({ token: token ?? fail(401, 'Wrong e-mail or password') })
})

app.get('/notes/:id', signedIn, (request, response) => {
  const note = findNote(valid(NoteId, request.params['id']), response.locals['userId'])
  response.json(note ?? fail(404, 'Not found'))
})

app.get('/notes', signedIn, (request, response) => {
  const { limit, cursor } = valid(PageQuery, request.query)
  const after =
    cursor === undefined
      ? undefined
      : (fromCursor(cursor) ?? fail(400, 'Not a cursor of this list'))
  response.json(toPage(listNotes(response.locals['userId'], limit + 1, after), limit))
})

app.post('/notes', signedIn, json, (request, response) => {
  const note = newNote(valid(NoteInput, request.body), response.locals['userId'])
  storeNote(note)
  response.status(201).location(`/notes/${note.id}`).json(note)
})

app.use(() => fail(404, 'Not found'))
app.use(
  (error: Error & { status?: number }, _: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error)
    const status = error.status ?? 500
    if (status >= 500) console.error(error)
    const title = status < 500 ? error.message : 'Internal server error'
    response.status(status).type('application/problem+json').send(problemOf(status, title))
  },
)

function valid<const Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input)
  return result.success ? result.output : fail(422, result.issues[0].message)
}

function fail(status: number, title: string): never {
  throw new Refusal(status, title)
}

await fill()
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  served({ port, signIn: '/auth/sign-in', credential: 'bearer' })
})
