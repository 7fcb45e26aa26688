/** Our side of the suite `auth`: `node peers/auth/ours.ts FILE`. */
import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import { auth, openAuth, password as passwordFactor, sessions, users } from 'plinth/auth'
import { open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { createApp, fromRequest } from 'plinth/http'
import { sha256, toBase64Url } from 'plinth/kernel'
import { password, serveAuthSide } from '../../suites/auth/side.ts'

const [file = 'ours.db'] = process.argv.slice(2)
// As many as all turns of a run count up to: this is no test of the limits.
const limit = { attempts: 10_000_000, window: 60_000 }
const description = auth({
  factors: [passwordFactor()],
  session: { perUser: 1000 },
  limits: { account: limit, address: limit, global: limit },
})
const database = await open(sqlite(file, []), { tables: description.tables })
await database.migrate()
const { operations, authenticate } = openAuth(description, { database })
const app = createApp({ operations: { auth: operations }, authenticate })
const origin = 'http://localhost'

async function post(path: string, body: object): Promise<Response> {
  const response = await app.fetch(
    new Request(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response
}

const derive = promisify(argon2)
const emails = new Map<string, string>()

await serveAuthSide({
  signUp: (email) => post('/auth/sign-up', { email, password }),
  async signIn(email) {
    const response = await post('/auth/sign-in', { email, password, transport: 'bearer' })
    const { token, user } = (await response.json()) as { token: string; user: { id: string } }
    emails.set(user.id, email)
    return new Headers({ authorization: `Bearer ${token}` })
  },
  async openSession(email) {
    const user = await database.system.first(users, { where: { email } })
    emails.set(user?.id ?? '', email)
    const token = `plinth_s_${toBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`
    const now = new Date()
    await database.system.create(sessions, {
      user: user?.id ?? '',
      tokenHash: await sha256(token),
      assurance: 1,
      methods: ['password'],
      impersonator: null,
      address: null,
      userAgent: null,
      createdAt: now,
      authenticatedAt: now,
      // Use is written down once a minute: not while the look-up alone is measured.
      lastSeenAt: new Date(now.getTime() + 3_600_000),
      expiresAt: new Date(now.getTime() + 86_400_000),
    })
    return new Headers({ authorization: `Bearer ${token}` })
  },
  async check(headers) {
    const incoming = fromRequest(new Request(origin, { headers }))
    const principal = await authenticate(incoming, {})
    return principal && (emails.get(principal.actor.id) ?? null)
  },
  hash: () =>
    derive('argon2id', {
      message: password,
      nonce: new Uint8Array(16),
      parallelism: 1,
      memory: 19_456,
      passes: 2,
      tagLength: 32,
    }),
})
