/**
 * The rows and sessions of the peer `hand` and of those that differ from it in their framework alone:
 * prepared statements, opaque tokens stored as SHA-256 and found with one indexed query, idle and
 * absolute expiry, the owner in every WHERE.
 */
import { argon2, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import * as dataset from './dataset.ts'
import { type Note, type Place, uuidv7 } from './notes.ts'

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

/** Who shows this `Authorization`: undefined for nobody. */
export function userOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || !authorization.startsWith('Bearer ')) return undefined
  const tokenHash = hash('sha256', authorization.slice('Bearer '.length))
  const session = sql.session.get(tokenHash)
  const now = Date.now()
  if (session === undefined) return undefined
  if (session.idleUntil <= now || session.endsAt <= now) {
    sql.endSession.run(tokenHash)
    return undefined
  }
  // Written at most once a minute, so that reading does not write each time.
  if (now + idleLimit - session.idleUntil > minute) sql.touchSession.run(now + idleLimit, tokenHash)
  return session.userId
}

interface Account {
  readonly email: string
  readonly name: string
  readonly password: string
}

/** Undefined when the address is taken. */
export async function signUp(account: Account): Promise<{ id: string } | undefined> {
  const { email, name, password } = account
  if (sql.userByEmail.get(email) !== undefined) return undefined
  const id = uuidv7()
  sql.createUser.run(id, email, name, await hashPassword(password))
  return { id }
}

/** The token of a new session; undefined for a wrong address or password. */
export async function signIn({
  email,
  password,
}: Omit<Account, 'name'>): Promise<string | undefined> {
  const user = sql.userByEmail.get(email)
  const matches = await verifyPassword(password, user?.password ?? (await placeholder))
  if (user === undefined || !matches) return undefined
  const token = randomBytes(32).toString('base64url')
  const now = Date.now()
  sql.createSession.run(hash('sha256', token), user.id, now + idleLimit, now + absoluteLimit)
  return token
}

export function findNote(id: string, owner: string): Note | undefined {
  return sql.note.get(id, owner)
}

/** The owner's newest notes, from a place on. */
export function listNotes(owner: string, limit: number, after: Place | undefined): Note[] {
  return after === undefined
    ? sql.newestNotes.all(owner, limit)
    : sql.notesBefore.all(owner, after.createdAt, after.id, limit)
}

export function storeNote({ id, owner, title, body, createdAt }: Note): void {
  sql.createNote.run(id, owner, title, body, createdAt)
}

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

/** Stores what every side holds. */
export async function fill(): Promise<void> {
  if (db.prepare('SELECT 1 FROM notes').get() !== undefined) return
  const first = await signUp(dataset.owner)
  const ids = [first?.id ?? '', ...Array.from({ length: dataset.owners - 1 }, uuidv7)]
  db.transaction(() => {
    for (const id of ids.slice(1)) sql.createUser.run(id, `${id}@example.com`, '', '.')
    for (const note of dataset.notes()) storeNote({ ...note, owner: ids[note.owner] ?? '' })
  })()
}

const placeholder = hashPassword(randomBytes(16).toString('hex'))
