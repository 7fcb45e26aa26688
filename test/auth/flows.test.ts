import * as core from 'plinth/auth'
import * as providers from 'plinth/auth/oauth'
import { passkeys } from 'plinth/auth/passkeys'
import { serviceTokens } from 'plinth/auth/service-tokens'
import { listOperations } from 'plinth/http'
import { expect, it } from 'vitest'
import { freshSource } from '../data/fixture.ts'
import { MAILING, openApp, openOn } from './app.ts'
import { flows } from './once/flows.ts'
import { AUDIENCE, settings } from './once/settings.ts'

it('holds every part of auth in what the suites of every way open', () => {
  const made = Object.entries({ ...core, ...providers, passkeys, serviceTokens }).flatMap(
    ([name, make]) => {
      const part = typeof make === 'function' ? partOf(make as (options: object) => unknown) : null
      // Providers differ in what is known of them, and are one part.
      return part === null ? [] : [[name, name in providers ? 'corp' : part] as const]
    },
  )
  expect(made.length).toBeGreaterThan(20)
  const { factors, features } = settings()
  const opened = [...factors, ...features].map(({ name }) => name)
  for (const [name, part] of made) expect(opened, name).toContain(part)
})

it('ends a way in every operation that is no question', { timeout: 120_000 }, async () => {
  const app = await openApp({ ...MAILING, ...settings() })
  const operations = [...listOperations(app.operations).values()].map(({ spec }) => ({
    name: `${spec.method} ${spec.path}`,
    writes: spec.method !== 'GET' || spec.path.endsWith('/callback'),
    matches: new RegExp(`^${spec.method} ${spec.path.replaceAll(/:\w+/g, '[^/]+')}$`),
  }))
  const ended = new Set<string>()
  for (const { name, prepare } of flows) {
    const own = await openOn(await freshSource([]), { ...MAILING, ...settings() })
    const { path, json, method } = await prepare(own)
    await own.end()
    const [reached = ''] = path.split('?')
    const asked = `${method ?? (json === undefined ? 'GET' : 'POST')} ${reached}`
    const operation = operations.find(({ matches }) => matches.test(asked))
    expect(operation, `${name}: ${asked}`).toBeDefined()
    if (operation) ended.add(operation.name)
  }
  const writing = operations.filter(({ writes }) => writes).map(({ name }) => name)
  expect(writing.length).toBeGreaterThan(45)
  expect(writing.filter((name) => !ended.has(name))).toEqual([])
})

/** The name of the part that a function makes; null when it makes none. */
function partOf(make: (options: object) => unknown): string | null {
  for (const options of OPTIONS) {
    try {
      const made = make(options) as { kind?: unknown; name?: unknown } | null
      if (made instanceof Promise) made.catch(() => {})
      if (made?.kind === 'factor' || made?.kind === 'feature') return String(made.name)
    } catch {
      // Not by these options.
    }
  }
  return null
}

const CLIENT = { clientId: 'shop', clientSecret: 'secret' }
/** What parts cannot do without. */
const OPTIONS = [
  {},
  { audiences: [AUDIENCE] },
  CLIENT,
  { ...CLIENT, name: 'corp', issuer: 'https://id.test' },
  { clientId: 'shop', key: { teamId: 'A'.repeat(10), keyId: 'B'.repeat(10), privateKey: 'PEM' } },
]
