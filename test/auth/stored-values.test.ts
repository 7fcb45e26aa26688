import { listOperations, type Operation } from 'plinth/http'
import { expect, it } from 'vitest'
import { ADA, type Answer, type AuthApp, MAILING, openApp } from './app.ts'
import type { Step } from './once/flow.ts'
import { flows } from './once/flows.ts'
import { settings } from './once/settings.ts'

it.each(flows)('[ASVS 11.4.1] stores nothing in $name that opens anything', async (flow) => {
  const app = await openApp({ ...MAILING, ...settings() })
  const { path, ...init } = await flow.prepare(app)
  const waiting = await storedTexts(app)
  const sent = await app.send(path, init)
  expect(sent.status, sent.text).toBeLessThan(300)
  const before = await sessionsOf(app)

  const values = new Set([...waiting, ...(await storedTexts(app))])
  if (flow.stores !== false) expect(values.size).toBeGreaterThan(5)
  for (const value of values) {
    for (const { path: at, ...request } of presentations(app, value)) {
      const answer = await app.send(at, request)
      expect(isRefused(answer), `${at} with ${value}: ${answer.status} ${answer.text}`).toBe(true)
    }
  }
  expect(await sessionsOf(app)).toBe(before)
})

/** Refused, or led back to where one signs in, and given no cookie. */
function isRefused({ status, headers }: Answer): boolean {
  const given = headers.getSetCookie().filter((line) => !line.includes('Max-Age=0'))
  if (given.length > 0) return false
  if (status === 303) return /[?&]error=/.test(headers.get('location') ?? '')
  return status >= 400 && status < 500
}

const BEGINNINGS = ['', 'plinth_s_', 'plinth_r_', 'plinth_k_']

/** A value in each place of each operation where a secret can stand. */
function* presentations(app: AuthApp, value: string): Generator<Step> {
  for (const token of BEGINNINGS.map((beginning) => beginning + value)) {
    yield { path: '/auth/session', headers: { authorization: `Bearer ${token}` } }
    yield { path: '/auth/session', headers: { cookie: `__Host-session=${token}` } }
    yield { path: '/auth/refresh', json: { refresh: token } }
  }
  const header = encodeURIComponent(value).slice(0, 200)
  const cookies = ['pending', 'sign-up', 'device', 'oauth', 'session']
  const shown = {
    cookie: cookies.map((name) => `__Host-${name}=${header}`).join('; '),
    'oauth-binding': header,
    'device-token': header,
  }
  for (const operation of listOperations(app.operations).values()) {
    if (isForAnybody(operation)) continue
    const step = filled(operation, value)
    yield step
    yield { ...step, headers: shown }
    yield { ...step, headers: { authorization: `Bearer ${header}` } }
  }
}

/** What anybody may ask for: that no stored password signs in is tested by itself. */
const FOR_ANYBODY = new Set([
  ...['/auth/sign-up', '/auth/sign-in', '/auth/sign-out', '/auth/sign-in/passkey/options'],
  ...['/auth/reset', '/auth/magic-link', '/auth/email-code', '/auth/sms-code'],
  ...['/auth/oauth/corp/start', '/.well-known/jwks.json'],
])

function isForAnybody({ spec }: Operation): boolean {
  return FOR_ANYBODY.has(spec.path)
}

/** An operation asked with a value for everything that it takes. */
function filled({ spec }: Operation, value: string): Step {
  const { method } = spec
  const inPath = encodeURIComponent(value).replaceAll('%', '')
  const path = spec.path.replaceAll(/:\w+/g, inPath === '' ? 'x' : inPath)
  if (path.endsWith('/callback')) {
    const query = new URLSearchParams({ state: value, code: value, iss: value })
    return { method, path: `${path}?${query}` }
  }
  const { entries } = (spec.body ?? {}) as { entries?: Readonly<Record<string, unknown>> }
  if (!entries) return { method, path }
  const json = Object.fromEntries(Object.keys(entries).map((key) => [key, GIVEN[key] ?? value]))
  return { method, path, json }
}

/** What no secret stands in. */
const GIVEN: Readonly<Record<string, unknown>> = {
  email: ADA.email,
  transport: 'bearer',
  remember: false,
}

async function storedTexts(app: AuthApp): Promise<string[]> {
  const rows: unknown[] = []
  for (const table of app.description.tables) {
    rows.push(...(await app.database.system.list(table)).items)
  }
  return textsIn(rows)
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || value instanceof Date) return []
  return Object.values(value).flatMap(textsIn)
}

async function sessionsOf(app: AuthApp): Promise<number> {
  const table = app.description.tables.find(({ name }) => name === 'plinth_sessions')
  return table ? app.database.system.count(table) : 0
}

it('stores nothing that stands for a remembered device', async () => {
  const app = await openApp({ ...MAILING, ...settings() })
  const remembering = flows.find(({ name }) => name === 'a device that is remembered')
  const { path, ...init } = (await remembering?.prepare(app)) ?? { path: '' }
  const { status, json } = await app.send(path, init)
  expect(status).toBe(200)
  const shown = async (token: string) =>
    (await app.send('/auth/sign-in', { json: ADA, headers: { 'device-token': token } })).status
  const values = await storedTexts(app)
  expect(values.length).toBeGreaterThan(5)
  for (const value of values) {
    expect(await shown(encodeURIComponent(value)), value).toBe(202)
  }
  expect(await shown(json.device)).toBe(200)
})
