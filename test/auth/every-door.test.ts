import { apiKeys, magicLink, password, refreshTokens, users } from 'plinth/auth'
import { serviceTokens } from 'plinth/auth/service-tokens'
import { defineOperation } from 'plinth/http'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, linkedToken, MAILING, ORIGIN, openApp } from './app.ts'
import { AUDIENCE, openService } from './service-tokens/service.ts'

type Kind =
  | 'session'
  | 'refresh token'
  | 'API key'
  | 'key of a service account'
  | 'token for a service'
  | 'reset link'
  | 'magic link'
  | 'device'

interface Door {
  readonly name: string
  /** The kinds of token that open it. */
  readonly for: readonly Kind[]
  opens(token: string): Promise<boolean>
}

const many = { attempts: 1_000_000, window: 60_000 }

const whoami = defineOperation()({
  method: 'GET',
  path: '/whoami',
  responses: { 200: v.object({}) },
  handler: () => ({ status: 200, body: {} }),
})

const openAll = () =>
  openApp(
    {
      ...MAILING,
      factors: [password(), magicLink()],
      features: [refreshTokens(), apiKeys(), serviceTokens({ audiences: [AUDIENCE] })],
      permissions: { staff: ['service-accounts:manage', 'orders:read'] },
      limits: { account: many, address: many },
    },
    { operations: { whoami } },
  )

/** One token of each kind, all good. */
async function tokensOf(app: AuthApp): Promise<Record<Kind, string>> {
  const { user, headers, token, answer } = await enter(app)
  await app.database.system.update(users, user.id, { roles: ['staff'] })
  const send = async (path: string, json: object) => (await app.send(path, { json, headers })).json
  const { key } = await send('/auth/api-keys', { name: 'x' })
  const bot = await send('/auth/service-accounts', { name: 'x', permissions: ['orders:read'] })
  const botKey = await send(`/auth/service-accounts/${bot.id}/keys`, { name: 'x' })
  const service = await send('/auth/token', { audience: AUDIENCE })
  await app.send('/auth/reset', { json: { email: ADA.email } })
  const reset = await linkedToken(app, ADA.email)
  await app.send('/auth/magic-link', { json: { email: ADA.email } })
  const link = await linkedToken(app, ADA.email)
  return {
    session: token,
    'refresh token': answer.json.refresh,
    'API key': key,
    'key of a service account': botKey.key,
    'token for a service': service.token,
    'reset link': reset,
    'magic link': link,
    device: answer.json.device,
  }
}

function doorsOf(app: AuthApp): Door[] {
  const service = openService({
    issuer: ORIGIN,
    audience: AUDIENCE,
    clock: app.clock,
    fetch: (input, init) => app.fetch(new Request(input, init)),
  })
  const opened = async (...request: Parameters<AuthApp['send']>): Promise<boolean> =>
    (await app.send(...request)).status < 300
  return [
    {
      name: 'bearer of a session',
      for: ['session'],
      opens: (token) => opened('/auth/session', { headers: { authorization: `Bearer ${token}` } }),
    },
    {
      name: 'bearer of whoever is signed in',
      for: ['session', 'API key', 'key of a service account'],
      opens: (token) => opened('/whoami', { headers: { authorization: `Bearer ${token}` } }),
    },
    {
      name: 'cookie of a session',
      for: ['session'],
      opens: (token) => opened('/whoami', { headers: { cookie: `__Host-session=${token}` } }),
    },
    {
      name: 'other cookies',
      for: [],
      opens: (token) => {
        const cookie = `__Host-pending=${token}; __Host-device=${token}; session=${token}`
        return opened('/whoami', { headers: { cookie } })
      },
    },
    {
      name: 'header of a device',
      for: [],
      opens: (token) => opened('/whoami', { headers: { 'device-token': token } }),
    },
    {
      name: 'Basic',
      for: [],
      opens: (token) => opened('/whoami', { headers: { authorization: `Basic ${token}` } }),
    },
    {
      name: 'query',
      for: [],
      opens: (token) => opened(`/whoami?token=${token}&access_token=${token}`),
    },
    {
      name: 'another service',
      for: ['token for a service'],
      opens: async (token) => (await service.principalOf(token)) !== null,
    },
    {
      name: 'refresh',
      for: ['refresh token'],
      opens: (token) => opened('/auth/refresh', { json: { refresh: token } }),
    },
    {
      name: 'magic link',
      for: ['magic link'],
      opens: (token) => opened('/auth/magic-link/confirm', { json: { token } }),
    },
    {
      name: 'sign-up',
      for: [],
      opens: (token) =>
        opened('/auth/sign-up/confirm', { json: { token, password: BOB.password } }),
    },
    {
      name: 'reset',
      for: ['reset link'],
      opens: (token) => opened('/auth/reset/confirm', { json: { token, password: BOB.password } }),
    },
  ]
}

/** The same secret as if it were another kind's, and spoilt in other ways. */
function disguised(token: string, tokens: readonly string[]): string[] {
  const secret = token.slice(-43)
  const prefixes = tokens.flatMap((other) => /^plinth_[a-z]_/.exec(other)?.[0] ?? [])
  return [
    ...prefixes.map((prefix) => prefix + secret).filter((made) => made !== token),
    `${token}A`,
    token.slice(0, -1),
    token.toUpperCase(),
    `Bearer ${token}`,
    `${token}.${token}.${token}`,
    `plinth_s_${'A'.repeat(100_000)}`,
  ].filter((made) => !tokens.includes(made))
}

it('[family 17] [ASVS 9.2.2] opens each door for its own kind of token alone', async () => {
  const app = await openAll()
  const tokens = await tokensOf(app)
  const all = Object.values(tokens)
  let tried = 0
  for (const door of doorsOf(app)) {
    for (const [kind, token] of Object.entries(tokens) as [Kind, string][]) {
      for (const other of disguised(token, all)) {
        expect(await door.opens(other), `${door.name}: ${kind} as ${other.slice(0, 80)}`).toBe(
          false,
        )
        tried += 1
      }
      if (door.for.includes(kind)) continue
      expect(await door.opens(token), `${door.name}: ${kind}`).toBe(false)
      tried += 1
    }
  }
  expect(tried).toBeGreaterThan(800)
  console.log(`${tried} tokens tried at doors that are not theirs`)
})

it.each(
  doorsOf({} as AuthApp).flatMap(({ name, for: kinds }) => kinds.map((kind) => [name, kind])),
)('opens the door "%s" for a %s', async (name, kind) => {
  const app = await openAll()
  const tokens = await tokensOf(app)
  const door = doorsOf(app).find((each) => each.name === name)
  expect(await door?.opens(tokens[kind as Kind])).toBe(true)
})
