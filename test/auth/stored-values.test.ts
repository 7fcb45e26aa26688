import { listOperations, type Operation } from 'plinth/http'
import { expect, it } from 'vitest'
import { ADA, type AuthApp, MAILING, openApp, type Sent } from './app.ts'
import { flows } from './once/flows.ts'
import { settings } from './once/settings.ts'

it.each(flows)('[ASVS 11.4.1] stores nothing in $name that opens anything', async ({ prepare }) => {
  const app = await openApp({ ...MAILING, ...settings() })
  const { path, json, headers = {} } = await prepare(app)
  const waiting = await storedTexts(app)
  const sent = await app.send(path, { json, headers })
  expect(sent.status, sent.text).toBeLessThan(300)
  const before = await sessionsOf(app)

  const values = new Set([...waiting, ...(await storedTexts(app))])
  expect(values.size).toBeGreaterThan(5)
  for (const value of values) {
    for (const request of presentations(app, value)) {
      const { status, headers: answered, text } = await app.send(request.path, request)
      const place = `${request.path} with ${value}: ${text}`
      expect(status, place).toBeGreaterThanOrEqual(400)
      expect(status, place).toBeLessThan(500)
      expect(answered.getSetCookie().filter((line) => !line.includes('Max-Age=0'))).toEqual([])
    }
  }
  expect(await sessionsOf(app)).toBe(before)
})

/** A value in each place of each operation where a secret can stand. */
function* presentations(app: AuthApp, value: string): Generator<Sent & { path: string }> {
  for (const token of [value, `plinth_s_${value}`, `plinth_r_${value}`, `plinth_k_${value}`]) {
    yield { path: '/auth/session', headers: { authorization: `Bearer ${token}` } }
    yield { path: '/auth/session', headers: { cookie: `__Host-session=${token}` } }
    yield { path: '/auth/refresh', json: { refresh: token } }
  }
  for (const operation of listOperations(app.operations).values()) {
    const { method, path } = operation.spec
    if (method !== 'POST' || !opens(operation)) continue
    const json = Object.fromEntries(
      keysOf(operation).map((key) => [key, FILLED[key] ?? value] as const),
    )
    yield { path, json }
    yield { path, json, headers: { cookie: `__Host-pending=${value}; __Host-sign-up=${value}` } }
  }
}

/** What no secret stands in. */
const FILLED: Readonly<Record<string, unknown>> = {
  email: ADA.email,
  transport: 'bearer',
  remember: false,
}
/** Keys that secrets are given by. */
const SECRETS = ['token', 'challenge', 'code', 'pending', 'refresh', 'password']
/** Anybody may ask for an account, with any password; that none stored signs in is tested beside this. */
const REQUESTS = ['/auth/sign-up', '/auth/sign-in']

function opens({ spec }: Operation): boolean {
  if (REQUESTS.includes(spec.path)) return false
  return keysOf({ spec }).some((key) => SECRETS.includes(key))
}

function keysOf({ spec }: Pick<Operation, 'spec'>): string[] {
  const { entries = {} } = (spec.body ?? {}) as { entries?: Readonly<Record<string, unknown>> }
  return Object.keys(entries)
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
