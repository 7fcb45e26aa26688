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
  sessions,
  smsCode,
  staff,
  totp,
  users,
} from 'plinth/auth'
import { google } from 'plinth/auth/oauth'
import { passkeys } from 'plinth/auth/passkeys'
import { listOperations } from 'plinth/http'
import { expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, linkedToken, MAILING, openApp, openBrowser } from './app.ts'

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
    features: [refreshTokens(), apiKeys(), account(), staff(), rememberedDevices(), emailChange()],
    permissions: { support: ['users:read', 'users:ban', 'users:impersonate'] },
  })

const operationsOf = (app: AuthApp) => [...listOperations(app.operations)]

function keysOf(spec: { readonly body?: unknown }): string[] {
  const { entries = {} } = (spec.body ?? {}) as { entries?: Readonly<Record<string, unknown>> }
  return Object.keys(entries)
}

it('[ASVS 6.4.2] asks for no hint and no secret question', async () => {
  const app = await open()
  const keys = operationsOf(app).flatMap(([, { spec }]) => keysOf(spec))
  const columns = app.description.tables.flatMap(({ columns }) => Object.keys(columns))
  expect(keys.length).toBeGreaterThan(30)
  expect(columns.length).toBeGreaterThan(50)
  expect([...keys, ...columns].filter((name) => /hint|question|answer|maiden/i.test(name))).toEqual(
    [],
  )
})

it('[ASVS 6.4.6] lets staff begin a reset, and choose no password', async () => {
  const app = await open()
  const { headers } = await enter(app)
  const bob = await enter(app, BOB)
  await app.database.system.updateMany(users, { email: ADA.email }, { roles: ['support'] })
  const found = await app.send(`/auth/staff/users?email=bob`, { headers })
  const { email } = found.json.items[0]
  const begun = await app.send('/auth/reset', { json: { email }, headers })
  expect([begun.status, begun.json]).toEqual([202, { status: 'accepted' }])
  const token = await linkedToken(app, BOB.email)
  expect(begun.text + JSON.stringify([...begun.headers])).not.toContain(token)
  expect((await app.send('/auth/session', { headers: bob.headers })).status).toBe(200)
  const own = operationsOf(app).filter(([name]) => name.startsWith('staff.'))
  expect(own.flatMap(([, { spec }]) => keysOf(spec))).not.toContain('password')
})

it('[ASVS 7.6.2] opens no session without an act of the user', async () => {
  const app = await open()
  await enter(app)
  const device = openBrowser(app)
  await device.send('/auth/sign-in', { json: ADA })
  await device.send('/auth/sign-out', { method: 'POST' })
  const before = await app.database.system.count(sessions)
  const read = operationsOf(app).filter(([, { spec }]) => spec.method === 'GET')
  expect(read.length).toBeGreaterThan(8)
  for (const [, { spec }] of read) {
    const path = spec.path.replaceAll(/:\w+/g, '018f0000-0000-7000-8000-000000000000')
    const answer = await device.send(`${path}`)
    const opened = answer.headers
      .getSetCookie()
      .filter((line) => line.startsWith('__Host-session='))
    expect(
      opened.filter((line) => !line.includes('Max-Age=0')),
      path,
    ).toEqual([])
  }
  expect(await app.database.system.count(sessions)).toBe(before)
})
