import {
  account,
  apiKeys,
  emailChange,
  emailCode,
  magicLink,
  password,
  recoveryCodes,
  refreshTokens,
  rememberedDevices,
  smsCode,
  staff,
  totp,
  users,
} from 'plinth/auth'
import { google } from 'plinth/auth/oauth'
import { passkeys } from 'plinth/auth/passkeys'
import { serviceTokens } from 'plinth/auth/service-tokens'
import { listOperations, type Operation } from 'plinth/http'
import { expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, MAILING, openApp } from './app.ts'

const ID = '018f0000-0000-7000-8000-000000000000'
const everything = [
  'users:read',
  'users:ban',
  'users:impersonate',
  'service-accounts:manage',
] as const

/** What may be done in somebody's place: it opens nothing, and ends no way into their account. */
const ALLOWED = ['signOut', 'account.rename', 'staff.stopImpersonating']

/** A value for each key of a body that gets past its schema. */
const FILLED: Readonly<Record<string, unknown>> = {
  current: BOB.password,
  password: 'a wholly new sentence',
  email: 'mallory@example.com',
  number: '+4915112345678',
  code: '000000',
  challenge: 'c'.repeat(43),
  token: 't'.repeat(43),
  pending: undefined,
  name: 'mallory',
  permissions: ['users:read'],
  audience: 'https://a.test',
  reason: 'because',
  credential: {
    id: 'aaaa',
    rawId: 'aaaa',
    type: 'public-key',
    response: { clientDataJSON: 'aaaa', attestationObject: 'aaaa' },
    clientExtensionResults: {},
  },
}

const open = () =>
  openApp({
    ...MAILING,
    factors: [
      password(),
      magicLink(),
      emailCode(),
      smsCode(),
      totp(),
      recoveryCodes(),
      passkeys(),
      google({ clientId: 'client', clientSecret: 'secret' }),
    ],
    features: [
      refreshTokens(),
      apiKeys(),
      serviceTokens({ audiences: ['https://a.test'] }),
      account(),
      staff(),
      rememberedDevices(),
      emailChange(),
    ],
    permissions: { owner: everything },
  })

/** A session in which Ada acts as Bob, who may do as much as she may. */
async function actAsBob(app: AuthApp) {
  const ada = await enter(app)
  const bob = await enter(app, BOB)
  await app.database.system.updateMany(users, {}, { roles: ['owner'] })
  const path = `/auth/staff/users/${bob.user.id}/impersonate`
  const json = { reason: 'ticket 17', transport: 'bearer' }
  const { json: begun } = await app.send(path, { json, headers: ada.headers })
  return { headers: { authorization: `Bearer ${begun.token}` }, bob, ada }
}

function changes(name: string, { spec: { method, guard } }: Operation): boolean {
  return method !== 'GET' && guard?.name !== 'anyone' && !ALLOWED.includes(name)
}

function bodyOf({ spec }: Operation): Record<string, unknown> | undefined {
  const { entries } = (spec.body ?? {}) as { entries?: Readonly<Record<string, unknown>> }
  const keys = entries && Object.keys(entries)
  return keys && Object.fromEntries(keys.map((key) => [key, FILLED[key]]))
}

/** All that says how Bob's account is entered. */
async function stored(app: AuthApp): Promise<string> {
  const rows: unknown[] = []
  for (const table of app.description.tables) {
    if (table.name === 'plinth_attempts') continue
    rows.push(table.name, (await app.database.system.list(table)).items)
  }
  return JSON.stringify(rows)
}

it('[ASVS 7.5.1] changes nothing of how an account is entered, while acting as its user', async () => {
  const app = await open()
  const { headers } = await actAsBob(app)
  const before = await stored(app)
  const operations = [...listOperations(app.operations)].filter(([name, each]) =>
    changes(name, each),
  )
  expect(operations.length).toBeGreaterThan(25)
  const answers: [string, number, string][] = []
  for (const [name, operation] of operations) {
    const { method, path } = operation.spec
    const json = bodyOf(operation)
    const filled = path.replaceAll(/:\w+/g, ID)
    const answer = await app.send(filled, { method, headers, ...(json && { json }) })
    answers.push([name, answer.status, answer.json?.code])
  }
  const refused = ['unauthenticated', 'insufficient_authentication', 'denied']
  expect(answers.filter(([, , code]) => !refused.includes(code))).toEqual([])
  expect(await stored(app)).toBe(before)
})

it('shows no export of the account to who acts as its user', async () => {
  const app = await open()
  const { headers, ada } = await actAsBob(app)
  expect((await app.send('/auth/account/export', { headers })).status).toBe(401)
  expect((await app.send('/auth/account/export', { headers: ada.headers })).json.user.email).toBe(
    ADA.email,
  )
})
