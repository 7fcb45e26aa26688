/**
 * The peer `hand` of the suite `auth`: what a careful engineer writes on `node:crypto` and prepared
 * statements, without limits on attempts. `node peers/auth/hand.ts FILE`
 */
import { argon2, createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { password, serveAuthSide } from '../../suites/auth/side.ts'

const [file = 'hand.db'] = process.argv.slice(2)
const db = new Database(file)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(`
  CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, salt BLOB, hash BLOB, roles TEXT);
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id), token_hash TEXT NOT NULL UNIQUE,
    last_seen_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
  );
`)
const insertUser = db.prepare('INSERT INTO users VALUES (?, ?, ?, ?, ?)')
const insertSession = db.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?)')
const findUser = db.prepare<[string], { id: string; salt: Buffer; hash: Buffer }>(
  'SELECT id, salt, hash FROM users WHERE email = ?',
)
interface Found {
  readonly email: string
  readonly roles: string
  readonly last_seen_at: number
  readonly expires_at: number
}
const findSession = db.prepare<[string], Found>(
  `SELECT users.email, users.roles, sessions.last_seen_at, sessions.expires_at
   FROM sessions JOIN users ON users.id = sessions.user WHERE sessions.token_hash = ?`,
)

const derive = promisify(argon2)
const cost = { parallelism: 1, memory: 19_456, passes: 2, tagLength: 32 }
const hashOf = (message: string, nonce: Uint8Array): Promise<Buffer> =>
  derive('argon2id', { message, nonce, ...cost })
const digest = (token: string): string => createHash('sha256').update(token).digest('base64url')

function openSession(user: string): Headers {
  const token = randomBytes(32).toString('base64url')
  const now = Date.now()
  insertSession.run(randomUUID(), user, digest(token), now, now + 86_400_000)
  return new Headers({ authorization: `Bearer ${token}` })
}

await serveAuthSide({
  async signUp(email) {
    const salt = randomBytes(16)
    insertUser.run(randomUUID(), email, salt, await hashOf(password, salt), '[]')
  },
  async signIn(email) {
    const request = new Request('http://localhost/sign-in', {
      method: 'POST',
      body: JSON.stringify({ email, password }),
    })
    const body = (await request.json()) as { email: string; password: string }
    const user = findUser.get(body.email)
    if (!user || !timingSafeEqual(await hashOf(body.password, user.salt), user.hash)) {
      throw new Error('wrong credentials')
    }
    return openSession(user.id)
  },
  openSession: async (email) => openSession(findUser.get(email)?.id ?? ''),
  check(headers) {
    const request = new Request('http://localhost', { headers })
    const token = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
    const found = token === undefined ? undefined : findSession.get(digest(token))
    if (!found || found.expires_at < Date.now()) return null
    return JSON.parse(found.roles) && found.email
  },
})
