/** What `ours.ts` does, on Hono, Drizzle ORM and Better Auth; no description and no telemetry. */
import { betterAuth } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { and, desc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { boolean, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { createMiddleware } from 'hono/factory'
import * as v from 'valibot'
import { toPage } from '../notes.ts'
import {
  createApp,
  fail,
  limited,
  problem,
  readJson,
  readNewNote,
  readNoteId,
  readPage,
  type SignedIn,
  valid,
} from '../notes-api.ts'

const instant = (name: string) => timestamp(name, { withTimezone: true }).notNull()
const user = pgTable('user', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull().unique(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text('image'),
  createdAt: instant('created_at'),
  updatedAt: instant('updated_at'),
})
const session = pgTable('session', {
  id: text('id').primaryKey(),
  expiresAt: instant('expires_at'),
  token: text('token').notNull().unique(),
  createdAt: instant('created_at'),
  updatedAt: instant('updated_at'),
  ipAddress: text('ip_address'),
  userAgent: text('user_agent'),
  userId: text('user_id').notNull(),
})
const account = pgTable('account', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  providerId: text('provider_id').notNull(),
  userId: text('user_id').notNull(),
  password: text('password'),
  createdAt: instant('created_at'),
  updatedAt: instant('updated_at'),
})
const verification = pgTable('verification', {
  id: text('id').primaryKey(),
  identifier: text('identifier').notNull(),
  value: text('value').notNull(),
  expiresAt: instant('expires_at'),
  createdAt: instant('created_at'),
  updatedAt: instant('updated_at'),
})
const notes = pgTable(
  'notes',
  {
    id: text('id').primaryKey(),
    owner: text('owner').notNull(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    createdAt: text('created_at').notNull(),
  },
  (table) => [index('notes_owner_created_idx').on(table.owner, table.createdAt, table.id)],
)
const schema = { user, session, account, verification, notes }
const Patch = v.partial(v.strictObject({ title: v.string(), body: v.string() }))

export const worker = {
  async fetch(request: Request, env: { DATABASE_URL: string }): Promise<Response> {
    const db = drizzle(env.DATABASE_URL, { schema })
    const auth = betterAuth({
      baseURL: new URL(request.url).origin,
      database: drizzleAdapter(db, { provider: 'pg', schema }),
      emailAndPassword: { enabled: true },
    })
    const signedIn = createMiddleware<SignedIn>(async (c, next) => {
      const found = await auth.api.getSession({ headers: c.req.raw.headers })
      if (found === null) fail(401, 'Sign in first')
      c.set('userId', found.user.id)
      await next()
    })
    const app = createApp()
    const own = (id: string, owner: string) => and(eq(notes.id, id), eq(notes.owner, owner))
    app.on(['POST', 'GET'], '/api/auth/*', (c) => auth.handler(c.req.raw))
    app.get('/notes/:id', signedIn, async (c) => {
      const [note] = await db
        .select()
        .from(notes)
        .where(own(readNoteId(c.req), c.get('userId')))
      return note === undefined ? problem(404, 'Not found') : c.json(note)
    })
    app.get('/notes', signedIn, async (c) => {
      const { limit, after } = readPage(c.req)
      const owned = eq(notes.owner, c.get('userId'))
      const before =
        after && sql`(${notes.createdAt}, ${notes.id}) < (${after.createdAt}, ${after.id})`
      const rows = await db
        .select()
        .from(notes)
        .where(and(owned, before))
        .orderBy(desc(notes.createdAt), desc(notes.id))
        .limit(limit + 1)
      return c.json(toPage(rows, limit))
    })
    app.post('/notes', signedIn, limited, async (c) => {
      const note = await readNewNote(c.req, c.get('userId'))
      await db.insert(notes).values(note)
      return c.json(note, 201, { location: `/notes/${note.id}` })
    })
    app.patch('/notes/:id', signedIn, limited, async (c) => {
      const changes = valid(Patch, await readJson(c.req))
      const where = own(readNoteId(c.req), c.get('userId'))
      const [note] = await db.update(notes).set(changes).where(where).returning()
      return note === undefined ? problem(404, 'Not found') : c.json(note)
    })
    app.delete('/notes/:id', signedIn, async (c) => {
      await db.delete(notes).where(own(readNoteId(c.req), c.get('userId')))
      return c.body(null, 204)
    })
    return app.fetch(request)
  },
}
