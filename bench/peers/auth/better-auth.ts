/**
 * The peer `better-auth` of the suite `auth`: Better Auth on its own SQLite adapter, with the hash of the
 * other sides and without its limits on attempts. Not its cookie cache, which goes on accepting a revoked
 * session. `node peers/auth/better-auth.ts FILE`
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import Database from 'better-sqlite3'
import { password, serveAuthSide } from '../../suites/auth/side.ts'

const [file = 'better-auth.db'] = process.argv.slice(2)
const db = new Database(file)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')

const derive = promisify(argon2)
const cost = { parallelism: 1, memory: 19_456, passes: 2, tagLength: 32 }
const hashOf = (message: string, nonce: Uint8Array): Promise<Buffer> =>
  derive('argon2id', { message, nonce, ...cost })

const options = {
  baseURL: 'http://localhost',
  secret: randomBytes(32).toString('hex'),
  database: db,
  rateLimit: { enabled: false },
  emailAndPassword: {
    enabled: true,
    password: {
      async hash(text) {
        const salt = randomBytes(16)
        return `${salt.toString('hex')}:${(await hashOf(text, salt)).toString('hex')}`
      },
      async verify({ hash, password: text }) {
        const [salt = '', stored = ''] = hash.split(':')
        const made = await hashOf(text, Buffer.from(salt, 'hex'))
        return timingSafeEqual(made, Buffer.from(stored, 'hex'))
      },
    },
  },
} satisfies BetterAuthOptions
await (await getMigrations(options)).runMigrations()
const auth = betterAuth(options)

async function post(path: string, body: object): Promise<Response> {
  const response = await auth.handler(
    new Request(`http://localhost/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://localhost' },
      body: JSON.stringify(body),
    }),
  )
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response
}

async function signIn(email: string): Promise<Headers> {
  const response = await post('/sign-in/email', { email, password })
  const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0])
  return new Headers({ cookie: cookie.join('; ') })
}

const context = await auth.$context
await serveAuthSide({
  signUp: (email) => post('/sign-up/email', { email, password, name: 'Ada' }),
  signIn,
  // Signed with its own key, as its cookies are.
  async openSession(email) {
    const user = db.prepare('SELECT id FROM user WHERE email = ?').get(email) as { id: string }
    const { token } = await context.internalAdapter.createSession(user.id)
    const name = context.authCookies.sessionToken.name
    return new Headers({ cookie: `${name}=${encodeURIComponent(await signed(token))}` })
  },
  async check(headers) {
    const found = await auth.api.getSession({ headers })
    return found?.user.email ?? null
  },
})

async function signed(token: string): Promise<string> {
  const bytes = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes.encode(context.secret), algorithm, false, [
    'sign',
  ])
  const signature = await crypto.subtle.sign('HMAC', key, bytes.encode(token))
  return `${token}.${Buffer.from(signature).toString('base64')}`
}
