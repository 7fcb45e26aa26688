import { users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, enter, MAILING, openApp } from '../auth/app.ts'
import { settings } from '../auth/once/settings.ts'

/** Of each kind of account. Those that hash a password take 40 ms each: `PLINTH_SAMPLES` makes them fewer. */
const SAMPLES = Number(process.env['PLINTH_SAMPLES'] ?? 10_000)
const WARM_UP = 200
/** Beyond it, two samples are held to be of different times (TVLA's threshold). */
const LIMIT = 4.5

interface Asked {
  readonly path: string
  json(email: string): unknown
}

const asked: readonly (Asked & { readonly name: string })[] = [
  { name: 'a reset', path: '/auth/reset', json: (email) => ({ email }) },
  { name: 'a magic link', path: '/auth/magic-link', json: (email) => ({ email }) },
  { name: 'a code', path: '/auth/email-code', json: (email) => ({ email }) },
  {
    name: 'a sign-in',
    path: '/auth/sign-in',
    json: (email) => ({ email, password: 'not the right one' }),
  },
  {
    name: 'a sign-up',
    path: '/auth/sign-up',
    json: (email) => ({ email, password: 'a long enough one' }),
  },
]

describe('the time of an answer', () => {
  it.each(asked)(
    'to $name tells nobody who has an account',
    { timeout: 7_200_000 },
    async (each) => {
      const app = await openApp({ ...MAILING, ...settings() })
      await enter(app)
      await populate(app)
      const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
      for (let at = 0; at < WARM_UP + SAMPLES; at += 1) {
        // Which comes first is drawn anew each time, so that neither profits from the other.
        const order =
          Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
        for (const kind of order) {
          const email = `${kind}${at}@example.com`
          const time = await timed(app, each, email)
          if (at >= WARM_UP) times[kind].push(time)
        }
        if (at % 100 === 0) await tidy(app)
      }
      const t = welch(trimmed(times.known), trimmed(times.unknown))
      console.log(`${each.name}: t = ${t.toFixed(2)} over ${SAMPLES} samples of each kind`)
      expect(Math.abs(t)).toBeLessThan(LIMIT)
    },
  )
})

/** Accounts like Ada's, one a sample: what an address was asked for before tells nothing of whether it has one. */
async function populate({ database: { system }, description }: AuthApp): Promise<void> {
  const passwords = description.tables.find(({ name }) => name === 'plinth_passwords')
  const ada = await system.first(users, { where: { email: ADA.email } })
  const password = passwords && (await system.first(passwords))
  if (!passwords || !password || !ada) throw new Error('Ada has no password')
  for (let at = 0; at < WARM_UP + SAMPLES; at += 100) {
    const { id: _, ...like } = ada
    const emails = Array.from({ length: 100 }, (_, n) => `known${at + n}@example.com`)
    const rows = await system.createMany(
      users,
      emails.map((email) => ({ ...like, email })),
    )
    const { hash, usedAt } = password
    await system.createMany(
      passwords,
      rows.map(({ id }) => ({ user: id, hash, usedAt })),
    )
  }
}

async function timed(app: AuthApp, { path, json }: Asked, email: string): Promise<number> {
  const start = performance.now()
  const { status } = await app.send(path, { json: json(email) })
  const time = performance.now() - start
  expect([202, 401]).toContain(status)
  // What is sent goes after the answer: it belongs to neither of the two.
  await app.idle()
  return time
}

/** Tables that grow make later answers slower than earlier ones, of both kinds. */
async function tidy(app: AuthApp): Promise<void> {
  for (const table of app.description.tables) {
    if (/secrets|attempts/.test(table.name)) await app.database.system.deleteMany(table, {})
  }
}

/** Without the slowest twentieth, which is the machine's and not the library's. */
function trimmed(times: readonly number[]): readonly number[] {
  return times.toSorted((a, b) => a - b).slice(0, Math.ceil(times.length * 0.95))
}

function welch(a: readonly number[], b: readonly number[]): number {
  const [one, two] = [moments(a), moments(b)]
  return (one.mean - two.mean) / Math.sqrt(one.variance / a.length + two.variance / b.length)
}

function moments(times: readonly number[]): { mean: number; variance: number } {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  const squares = times.reduce((sum, time) => sum + (time - mean) ** 2, 0)
  return { mean, variance: squares / (times.length - 1) }
}
