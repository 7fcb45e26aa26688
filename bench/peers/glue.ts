/**
 * The peer `glue`: Hono, Drizzle ORM and Better Auth, as their documentation puts them together, with the settings that are best for speed: prepared queries, indexes on what is looked up, Better
 * Auth's own cookie (its bearer plugin was 25 % slower here) and two look-ups per session (its
 * `joins` were slower on SQLite). Not its cookie cache: that goes on accepting a revoked session for
 * minutes, which neither other side does.
 *
 * `node peers/glue.ts FILE`
 */
import { randomUUID } from 'node:crypto'
import { serve } from '@hono/node-server'
import { betterAuth } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import Database from 'better-sqlite3'
import { and, desc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { createMiddleware } from 'hono/factory'
import { served } from '../harness/served.ts'
import * as dataset from './dataset.ts'
import { toPage, uuidv7 } from './notes.ts'
import {
  createApp,
  fail,
  limited,
  problem,
  readNewNote,
  readNoteId,
  readPage,
  type SignedIn,
} from './notes-api.ts'

const [file = 'glue.db'] = process.argv.slice(2)

const instant = (name: string) => integer(name, { mode: 'timestamp_ms' })

const user = sqliteTable('user', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull().unique(),
  emailVerified: integer('email_verified', { mode: 'boolean' }).notNull().default(false),
  image: text('image'),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
})

const session = sqliteTable(
  'session',
  {
    id: text('id').primaryKey(),
    expiresAt: instant('expires_at').notNull(),
    token: text('token').notNull().unique(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    userId: text('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
  },
  (table) => [index('session_userId_idx').on(table.userId)],
)

const account = sqliteTable(
  'account',
  {
    id: text('id').primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: instant('access_token_expires_at'),
    refreshTokenExpiresAt: instant('refresh_token_expires_at'),
    scope: text('scope'),
    password: text('password'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [index('account_userId_idx').on(table.userId)],
)

const verification = sqliteTable(
  'verification',
  {
    id: text('id').primaryKey(),
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [index('verification_identifier_idx').on(table.identifier)],
)

const notes = sqliteTable(
  'notes',
  {
    id: text('id').primaryKey(),
    owner: text('owner')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
    title: text('title').notNull(),
    body: text('body').notNull(),
    createdAt: text('created_at').notNull(),
  },
  (table) => [index('notes_owner_created_idx').on(table.owner, table.createdAt, table.id)],
)

const schema = { user, session, account, verification, notes }

const client = new Database(file)
client.pragma('journal_mode = WAL')
client.pragma('synchronous = FULL')
client.pragma('foreign_keys = ON')
client.exec(`
  CREATE TABLE IF NOT EXISTS user (
    id text PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE,
    email_verified integer NOT NULL DEFAULT false, image text,
    created_at integer NOT NULL, updated_at integer NOT NULL
  );
  CREATE TABLE IF NOT EXISTS session (
    id text PRIMARY KEY, expires_at integer NOT NULL, token text NOT NULL UNIQUE,
    created_at integer NOT NULL, updated_at integer NOT NULL, ip_address text, user_agent text,
    user_id text NOT NULL REFERENCES user (id) ON DELETE CASCADE
  );
  CREATE INDEX IF NOT EXISTS session_userId_idx ON session (user_id);
  CREATE TABLE IF NOT EXISTS account (
    id text PRIMARY KEY, account_id text NOT NULL, provider_id text NOT NULL,
    user_id text NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    access_token text, refresh_token text, id_token text, access_token_expires_at integer,
    refresh_token_expires_at integer, scope text, password text,
    created_at integer NOT NULL, updated_at integer NOT NULL
  );
  CREATE INDEX IF NOT EXISTS account_userId_idx ON account (user_id);
  CREATE TABLE IF NOT EXISTS verification (
    id text PRIMARY KEY, identifier text NOT NULL, value text NOT NULL, expires_at integer NOT NULL,
    created_at integer NOT NULL, updated_at integer NOT NULL
  );
  CREATE INDEX IF NOT EXISTS verification_identifier_idx ON verification (identifier);
  CREATE TABLE IF NOT EXISTS notes (
    id text PRIMARY KEY, owner text NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    title text NOT NULL, body text NOT NULL, created_at text NOT NULL
  );
  CREATE INDEX IF NOT EXISTS notes_owner_created_idx ON notes (owner, created_at, id);
`)
const db = drizzle(client, { schema })

const auth = betterAuth({
  secret: randomUUID() + randomUUID(),
  baseURL: 'http://127.0.0.1',
  database: drizzleAdapter(db, { provider: 'sqlite', schema }),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
})

const owned = eq(notes.owner, sql.placeholder('owner'))
const newestFirst = [desc(notes.createdAt), desc(notes.id)]
const findNote = db
  .select()
  .from(notes)
  .where(and(eq(notes.id, sql.placeholder('id')), owned))
  .prepare()
const newestNotes = db
  .select()
  .from(notes)
  .where(owned)
  .orderBy(...newestFirst)
  .limit(sql.placeholder('limit'))
  .prepare()
const notesBefore = db
  .select()
  .from(notes)
  .where(
    and(
      owned,
      sql`(${notes.createdAt}, ${notes.id}) < (${sql.placeholder('createdAt')}, ${sql.placeholder('id')})`,
    ),
  )
  .orderBy(...newestFirst)
  .limit(sql.placeholder('limit'))
  .prepare()
const createNote = db
  .insert(notes)
  .values({
    id: sql.placeholder('id'),
    owner: sql.placeholder('owner'),
    title: sql.placeholder('title'),
    body: sql.placeholder('body'),
    createdAt: sql.placeholder('createdAt'),
  })
  .prepare()

const app = createApp()

app.on(['POST', 'GET'], '/api/auth/*', (c) => auth.handler(c.req.raw))

const signedIn = createMiddleware<SignedIn>(async (c, next) => {
  const found = await auth.api.getSession({ headers: c.req.raw.headers })
  if (found === null) fail(401, 'Sign in first')
  c.set('userId', found.user.id)
  await next()
})

app.get('/notes/:id', signedIn, (c) => {
  const note = findNote.get({ id: readNoteId(c.req), owner: c.get('userId') })
  return note === undefined ? problem(404, 'Not found') : c.json(note)
})

app.get('/notes', signedIn, (c) => {
  const { limit, after } = readPage(c.req)
  const page = { owner: c.get('userId'), limit: limit + 1 }
  const rows = after === undefined ? newestNotes.all(page) : notesBefore.all({ ...page, ...after })
  return c.json(toPage(rows, limit))
})

app.post('/notes', signedIn, limited, async (c) => {
  const note = await readNewNote(c.req, c.get('userId'))
  createNote.run({ ...note })
  return c.json(note, 201, { location: `/notes/${note.id}` })
})

async function fill(): Promise<void> {
  if (db.select().from(user).limit(1).get() !== undefined) return
  const { user: first } = await auth.api.signUpEmail({ body: { ...dataset.owner } })
  const ids = [first.id, ...Array.from({ length: dataset.owners - 1 }, uuidv7)]
  const now = new Date()
  db.transaction((tx) => {
    for (const id of ids.slice(1)) {
      const row = { id, name: '', email: `${id}@example.com`, createdAt: now, updatedAt: now }
      tx.insert(user).values(row).run()
    }
    for (const note of dataset.notes()) createNote.run({ ...note, owner: ids[note.owner] ?? '' })
  })
}

await fill()
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  served({ port, signIn: '/api/auth/sign-in/email', credential: 'cookie' }),
)
