/**
 * The peer `hand`: what a careful engineer writes directly on Hono and prepared statements. Opaque
 * tokens stored as SHA-256 and found with one indexed query, idle and absolute expiry, the owner in
 * every WHERE, keyset cursors, validated input, problem details, a body limit and a request id.
 *
 * `node peers/hand.ts FILE [FULL|NORMAL]`
 */
import { argon2, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { serve } from '@hono/node-server'
import Database from 'better-sqlite3'
import { createMiddleware } from 'hono/factory'
import * as v from 'valibot'
import { served } from '../harness/served.ts'
import * as dataset from './dataset.ts'
import {
  createApp,
  fail,
  limited,
  type Note,
  problem,
  readJson,
  readNewNote,
  readNoteId,
  readPage,
  type SignedIn,
  toPage,
  uuidv7,
  valid,
} from './notes-api.ts'

const [file = 'hand.db', synchronous = 'FULL'] = process.argv.slice(2)

const minute = 60_000
const day = 24 * 60 * minute
const idleLimit = 7 * day
const absoluteLimit = 90 * day

const db = new Database(file)
db.pragma('journal_mode = WAL')
db.pragma(`synchronous = ${synchronous === 'NORMAL' ? 'NORMAL' : 'FULL'}`)
db.pragma('foreign_keys = ON')
db.exec(`
  CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    idle_until INTEGER NOT NULL, ends_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sessions_user ON sessions (user_id);
  CREATE TABLE IF NOT EXISTS notes (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS notes_owner_created ON notes (owner, created_at, id);
`)

interface User {
  id: string
  password: string
}

interface Session {
  userId: string
  idleUntil: number
  endsAt: number
}

const noteColumns = 'id, owner, title, body, created_at AS createdAt'
const sql = {
  createUser: db.prepare<[string, string, string, string]>(
    'INSERT INTO users (id, email, name, password) VALUES (?, ?, ?, ?)',
  ),
  userByEmail: db.prepare<[string], User>('SELECT id, password FROM users WHERE email = ?'),
  createSession: db.prepare<[string, string, number, number]>(
    'INSERT INTO sessions (token_hash, user_id, idle_until, ends_at) VALUES (?, ?, ?, ?)',
  ),
  session: db.prepare<[string], Session>(
    'SELECT user_id AS userId, idle_until AS idleUntil, ends_at AS endsAt FROM sessions WHERE token_hash = ?',
  ),
  touchSession: db.prepare<[number, string]>(
    'UPDATE sessions SET idle_until = ? WHERE token_hash = ?',
  ),
  endSession: db.prepare<[string]>('DELETE FROM sessions WHERE token_hash = ?'),
  note: db.prepare<[string, string], Note>(
    `SELECT ${noteColumns} FROM notes WHERE id = ? AND owner = ?`,
  ),
  newestNotes: db.prepare<[string, number], Note>(
    `SELECT ${noteColumns} FROM notes WHERE owner = ? ORDER BY created_at DESC, id DESC LIMIT ?`,
  ),
  notesBefore: db.prepare<[string, string, string, number], Note>(
    `SELECT ${noteColumns} FROM notes WHERE owner = ? AND (created_at, id) < (?, ?)
     ORDER BY created_at DESC, id DESC LIMIT ?`,
  ),
  createNote: db.prepare<[string, string, string, string, string]>(
    'INSERT INTO notes (id, owner, title, body, created_at) VALUES (?, ?, ?, ?, ?)',
  ),
}

const SignUp = v.strictObject({
  email: v.pipe(v.string(), v.trim(), v.toLowerCase(), v.email(), v.maxLength(254)),
  password: v.pipe(v.string(), v.minLength(8), v.maxLength(256)),
  name: v.optional(v.pipe(v.string(), v.maxLength(200)), ''),
})
const SignIn = v.omit(SignUp, ['name'])
const app = createApp()

const signedIn = createMiddleware<SignedIn>((c, next) => {
  const header = c.req.header('authorization')
  if (header === undefined || !header.startsWith('Bearer ')) fail(401, 'Sign in first')
  const tokenHash = hash('sha256', header.slice('Bearer '.length))
  const session = sql.session.get(tokenHash)
  const now = Date.now()
  if (session === undefined) fail(401, 'Sign in first')
  if (session.idleUntil <= now || session.endsAt <= now) {
    sql.endSession.run(tokenHash)
    fail(401, 'Sign in first')
  }
  // Written at most once a minute, so that reading does not write each time.
  if (now + idleLimit - session.idleUntil > minute) sql.touchSession.run(now + idleLimit, tokenHash)
  c.set('userId', session.userId)
  return next()
})

app.post('/auth/sign-up', limited, async (c) => {
  const { email, password, name } = valid(SignUp, await readJson(c.req))
  if (sql.userByEmail.get(email) !== undefined) fail(409, 'E-mail already in use')
  const id = uuidv7()
  sql.createUser.run(id, email, name, await hashPassword(password))
  return c.json({ user: { id, email, name } }, 201)
})

app.post('/auth/sign-in', limited, async (c) => {
  const { email, password } = valid(SignIn, await readJson(c.req))
  const user = sql.userByEmail.get(email)
  const matches = await verifyPassword(password, user?.password ?? (await placeholder))
  if (user === undefined || !matches) fail(401, 'Wrong e-mail or password')
  const token = randomBytes(32).toString('base64url')
  const now = Date.now()
  sql.createSession.run(hash('sha256', token), user.id, now + idleLimit, now + absoluteLimit)
  return c.json({ token })
})

app.get('/notes/:id', signedIn, (c) => {
  const note = sql.note.get(readNoteId(c.req), c.get('userId'))
  return note === undefined ? problem(404, 'Not found') : c.json(note)
})

app.get('/notes', signedIn, (c) => {
  const { limit, after } = readPage(c.req)
  const owner = c.get('userId')
  const rows =
    after === undefined
      ? sql.newestNotes.all(owner, limit + 1)
      : sql.notesBefore.all(owner, after.createdAt, after.id, limit + 1)
  return c.json(toPage(rows, limit))
})

app.post('/notes', signedIn, limited, async (c) => {
  const note = await readNewNote(c.req, c.get('userId'))
  sql.createNote.run(note.id, note.owner, note.title, note.body, note.createdAt)
  return c.json(note, 201, { location: `/notes/${note.id}` })
})

async function derive(password: string, nonce: Buffer): Promise<Buffer> {
  const parameters = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 }
  return promisify(argon2)('argon2id', { message: password.normalize(), nonce, ...parameters })
}

async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  return `${nonce.toString('base64url')}.${(await derive(password, nonce)).toString('base64url')}`
}

async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [nonce = '', key = ''] = stored.split('.')
  const expected = Buffer.from(key, 'base64url')
  return timingSafeEqual(await derive(password, Buffer.from(nonce, 'base64url')), expected)
}

async function fill(): Promise<void> {
  const response = await app.request('/auth/sign-up', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(dataset.owner),
  })
  const { user } = (await response.json()) as { user: { id: string } }
  const ids = [user.id, ...Array.from({ length: dataset.owners - 1 }, uuidv7)]
  db.transaction(() => {
    for (const id of ids.slice(1)) sql.createUser.run(id, `${id}@example.com`, '', '.')
    for (const note of dataset.notes()) {
      sql.createNote.run(note.id, ids[note.owner] ?? '', note.title, note.body, note.createdAt)
    }
  })()
}

const placeholder = hashPassword(randomBytes(16).toString('hex'))
await fill()
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  served({ port, signIn: '/auth/sign-in', credential: 'bearer' }),
)
