import { strict as assert } from 'node:assert'
import { auth, openAuth, password, users } from 'plinth/auth'
import { open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { type App, createApp } from 'plinth/http'
import { createFakeClock, type FakeClock } from 'plinth/testing'
import type { Suite } from './main.ts'

const ORIGIN = 'https://app.test'
const ADA = { email: 'ada@example.com', password: 'correct horse battery' }
const CHANGED = 'a wholly new sentence'

interface Setting {
  readonly clock: FakeClock
  readonly system: Awaited<ReturnType<typeof open>>['system']
  send(path: string, init?: Sent): Promise<Answer>
}

interface Sent {
  readonly method?: string
  readonly json?: unknown
  readonly headers?: Record<string, string>
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Each case knows what its operation answers.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly json: any
}

export const suite: Suite = {
  name: 'auth',
  needs: ['database'],
  cases: [
    onAuth('signs up, in, and out again', async ({ send }) => {
      const up = await send('/auth/sign-up', { json: { ...ADA, name: 'Ada' } })
      assert.deepEqual([up.status, up.json], [202, { status: 'accepted' }])
      const signedIn = await send('/auth/sign-in', { json: ADA })
      assert.equal(signedIn.status, 200)
      assert.equal(signedIn.json.user.name, 'Ada')
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
      assert.match(cookie, /^__Host-session=plinth_s_[\w-]{43}$/)
      const headers = { cookie, origin: ORIGIN }
      assert.equal((await send('/auth/session', { headers })).status, 200)
      const out = await send('/auth/sign-out', { method: 'POST', headers })
      assert.equal(out.status, 204)
      assert.equal((await send('/auth/session', { headers })).status, 401)
    }),

    onAuth('stores passwords as argon2id in PHC strings', async ({ send, system }) => {
      await enter(send)
      const table = accounts.tables.find(({ name }) => name === 'plinth_passwords')
      assert.ok(table)
      const stored = await system.first(table)
      assert.match(
        String(stored?.hash),
        /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/,
      )
    }),

    onAuth('knows a password that another runtime hashed', async ({ send, system }) => {
      await enter(send)
      const table = accounts.tables.find(({ name }) => name === 'plinth_passwords')
      assert.ok(table)
      for (const hash of FOREIGN) {
        await system.updateMany(table, {}, { hash })
        const json = { ...ADA, transport: 'bearer' }
        assert.equal((await send('/auth/sign-in', { json })).status, 200)
        const wrong = { ...ADA, password: 'correct horse batterY' }
        assert.equal((await send('/auth/sign-in', { json: wrong })).status, 401)
      }
    }),

    onAuth('answers alike for unknown accounts and wrong passwords', async ({ send }) => {
      await enter(send)
      const wrong = await send('/auth/sign-in', { json: { ...ADA, password: 'not her own' } })
      const unknown = await send('/auth/sign-in', { json: { ...ADA, email: 'bob@example.com' } })
      assert.deepEqual([wrong.status, wrong.json.code], [401, 'wrong_credentials'])
      assert.deepEqual([unknown.status, unknown.text], [wrong.status, wrong.text])
    }),

    onAuth('lets parallel guesses no further than the limit', async ({ send }) => {
      await enter(send)
      const guess = { ...ADA, password: 'not her own' }
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => send('/auth/sign-in', { json: guess })),
      )
      const tally = (status: number) => answers.filter((each) => each.status === status).length
      assert.deepEqual([tally(401), tally(429)], [10, 30])
    }),

    onAuth('lets one of many password changes at once win', async ({ send }) => {
      const headers = await enter(send)
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, count) => {
          const json = { current: ADA.password, password: `${CHANGED} ${count}` }
          return send('/auth/password', { json, headers })
        }),
      )
      const winners = answers.filter(({ status }) => status === 200)
      assert.equal(winners.length, 1)
      assert.equal((await send('/auth/session', { headers })).status, 401)
      const renewed = { authorization: `Bearer ${winners[0]?.json.token}` }
      assert.equal((await send('/auth/session', { headers: renewed })).status, 200)
    }),

    onAuth('ends sessions by the clock', async ({ send, clock }) => {
      const headers = await enter(send)
      clock.advance(7 * 24 * 60 * 60_000 - 1)
      assert.equal((await send('/auth/session', { headers })).status, 200)
      clock.advance(30 * 24 * 60 * 60_000)
      assert.equal((await send('/auth/session', { headers })).status, 401)
    }),

    onAuth('follows roles and deletion at once', async ({ send, system }) => {
      const headers = await enter(send)
      const { user } = (await send('/auth/session', { headers })).json
      await system.update(users, user.id, { roles: ['staff'] })
      const promoted = await send('/auth/session', { headers })
      assert.deepEqual(promoted.json.user.roles, ['staff'])
      assert.equal(await system.delete(users, user.id), true)
      assert.equal((await send('/auth/session', { headers })).status, 401)
    }),

    onAuth('refuses a cookie that another site sends', async ({ send }) => {
      const { authorization } = await enter(send)
      const cookie = `__Host-session=${authorization.replace('Bearer ', '')}`
      const headers = { cookie, origin: 'https://evil.test' }
      const answer = await send('/auth/sessions', { method: 'DELETE', headers })
      assert.equal(answer.status, 403)
    }),

    onAuth('refuses weak passwords and odd addresses', async ({ send }) => {
      for (const json of [
        { ...ADA, password: 'trustno1' },
        { ...ADA, password: 'ada' },
        { ...ADA, email: 'ada@example.com,eve@example.com' },
        { ...ADA, email: 'ada@example.com\u0000' },
      ]) {
        const answer = await send('/auth/sign-up', { json })
        assert.deepEqual([answer.status, answer.json.code], [422, 'invalid_input'])
      }
      const json = { ...ADA, email: 'ada@BÜCHER.example' }
      assert.equal((await send('/auth/sign-up', { json })).status, 202)
      const ascii = { ...ADA, email: 'ADA@xn--bcher-kva.example', transport: 'bearer' }
      assert.equal((await send('/auth/sign-in', { json: ascii })).status, 200)
    }),
  ],
}

const accounts = auth({ factors: [password()] })

/** `ADA`'s password by each engine: the runtime's own, WebAssembly, JavaScript. */
const FOREIGN = [
  '$argon2id$v=19$m=19456,t=2,p=1$k5u5dHvaMQ6iKDXb0fkerg$23wTH5oGZHCygMworUDmnVJeSQkmNdVxjnu86NWmGjs',
  '$argon2id$v=19$m=19456,t=2,p=1$UaQSqklZJtS098HmuLDt/w$odlFM9RShfraAZ8qhCiBS2VkQ1lynDVXZwjx1lgLx9Y',
  '$argon2id$v=19$m=19456,t=2,p=1$3MC4IfE5nl+QDoY5BMeebg$qDaPEWsnF7b0cgBlXjRH+1Os41hdLqqSJMadHrX666s',
]

/** A case on a back end of auth alone, with a database in memory and a clock that stands still. */
function onAuth(name: string, work: (setting: Setting) => Promise<void>): Suite['cases'][number] {
  return {
    name,
    async run() {
      const clock = createFakeClock()
      const database = await open(sqlite(':memory:', []), { tables: accounts.tables, clock })
      try {
        await database.migrate()
        const { operations, authenticate } = openAuth(accounts, { database, clock })
        const app = createApp({ operations: { auth: operations }, authenticate, clock })
        const send = (path: string, init?: Sent): Promise<Answer> => request(app, path, init)
        await work({ clock, system: database.system, send })
      } finally {
        await database.close()
      }
    },
  }
}

async function request(
  app: App,
  path: string,
  { json, headers = {}, ...rest }: Sent = {},
): Promise<Answer> {
  const method = rest.method ?? (json === undefined ? 'GET' : 'POST')
  const response = await app.fetch(
    new Request(ORIGIN + path, {
      method,
      headers: json === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: json === undefined ? null : JSON.stringify(json),
    }),
  )
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text === '' ? undefined : JSON.parse(text),
  }
}

/** Signs up and in; gives the headers of the session. */
async function enter(send: Setting['send']): Promise<{ authorization: string }> {
  await send('/auth/sign-up', { json: ADA })
  const { json } = await send('/auth/sign-in', { json: { ...ADA, transport: 'bearer' } })
  return { authorization: `Bearer ${json.token}` }
}
