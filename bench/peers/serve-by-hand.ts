/**
 * What a careful engineer writes directly on Hono and prepared statements. Opaque
 * tokens stored as SHA-256 and found with one indexed query, idle and absolute expiry, the owner in
 * every WHERE, keyset cursors, validated input, problem details, a body limit and a request id.
 */
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { served } from '../harness/served.ts'
import { SignIn, SignUp, toPage } from './notes.ts'
import {
  fail,
  limited,
  problem,
  readJson,
  readNewNote,
  readNoteId,
  readPage,
  type SignedIn,
  valid,
} from './notes-api.ts'
import { fill, findNote, listNotes, signIn, signUp, storeNote, userOf } from './notes-store.ts'

/** Adds the routes to an app, fills the database, and serves. */
export async function serveByHand(app: Hono<SignedIn>): Promise<void> {
  app.post('/auth/sign-up', limited, async (c) => {
    const account = valid(SignUp, await readJson(c.req))
    const created = (await signUp(account)) ?? fail(409, 'E-mail already in use')
    return c.json({ user: { ...created, email: account.email, name: account.name } }, 201)
  })

  app.post('/auth/sign-in', limited, async (c) => {
    const token = await signIn(valid(SignIn, await readJson(c.req)))
    return c.json({ token: token ?? fail(401, 'Wrong e-mail or password') })
  })

  app.get('/notes/:id', signedIn, (c) => {
    const note = findNote(readNoteId(c.req), c.get('userId'))
    return note === undefined ? problem(404, 'Not found') : c.json(note)
  })

  app.get('/notes', signedIn, (c) => {
    const { limit, after } = readPage(c.req)
    return c.json(toPage(listNotes(c.get('userId'), limit + 1, after), limit))
  })

  app.post('/notes', signedIn, limited, async (c) => {
    const note = await readNewNote(c.req, c.get('userId'))
    storeNote(note)
    return c.json(note, 201, { location: `/notes/${note.id}` })
  })

  await fill()
  serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
    served({ port, signIn: '/auth/sign-in', credential: 'bearer' }),
  )
}

const signedIn = createMiddleware<SignedIn>((c, next) => {
  c.set('userId', userOf(c.req.header('authorization')) ?? fail(401, 'Sign in first'))
  return next()
})
