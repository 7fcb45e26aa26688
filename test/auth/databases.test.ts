import { sessions, users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, openApp, signIn } from './app.ts'
import { databases } from './on-databases.ts'

/** As long as an address may be. */
const LONG = `${'l'.repeat(64)}@${'d'.repeat(63)}.${'d'.repeat(63)}.${'d'.repeat(57)}.com`

const many = { account: { attempts: 1000, window: 60_000 } }

describe.each(databases)('auth on $name', ({ source }) => {
  const opened = async (options: Parameters<typeof openApp>[0] = {}): Promise<AuthApp> =>
    openApp(options, { source: await source() })

  it('signs up, in and out, and changes the password', async () => {
    const app = await opened()
    const { headers } = await enter(app)
    const json = { current: ADA.password, password: BOB.password }
    const changed = await app.send('/auth/password', { json, headers })
    expect(changed.status).toBe(200)
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
    const again = { authorization: `Bearer ${changed.json.token}` }
    expect((await app.send('/auth/session', { headers: again })).status).toBe(200)
    const out = await app.send('/auth/sign-out', { method: 'POST', headers: again })
    expect(out.status).toBe(204)
    expect(await app.database.system.count(sessions)).toBe(0)
    expect((await signIn(app)).answer.json.code).toBe('wrong_credentials')
  })

  it('holds the longest address there is, once', async () => {
    const app = await opened()
    expect(LONG).toHaveLength(254)
    for (const spelled of [LONG, LONG.toUpperCase()]) {
      await app.send('/auth/sign-up', { json: { ...ADA, email: spelled } })
    }
    expect((await app.database.system.list(users)).items).toMatchObject([{ email: LONG }])
    expect((await signIn(app, { ...ADA, email: LONG })).answer.status).toBe(200)
  })

  it('tells addresses apart that differ by an accent', async () => {
    const app = await opened()
    for (const email of ['jose@example.com', 'josé@example.com'])
      await enter(app, { ...ADA, email })
    expect(await app.database.system.count(users)).toBe(2)
  })

  it('makes one account of many sign-ups at once', async () => {
    const app = await opened({ limits: many })
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => app.send('/auth/sign-up', { json: ADA })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('counts each of many attempts at once, and refuses none of them', async () => {
    const app = await opened({ limits: many })
    const json = { ...ADA, password: 'not the right one' }
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => app.send('/auth/sign-in', { json })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    expect(await countsOf(app)).toEqual([16, 16, 16])
  })

  it('lets no more attempts through at once than the limit', async () => {
    const app = await opened({ limits: { account: { attempts: 3, window: 60_000 } } })
    const json = { ...ADA, password: 'not the right one' }
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => app.send('/auth/sign-in', { json })),
    )
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(9)
  })

  it('forgives each of many successes at once', async () => {
    const app = await opened({ limits: many })
    await app.send('/auth/sign-up', { json: ADA })
    const before = await countsOf(app)
    const entered = await Promise.all(Array.from({ length: 8 }, () => signIn(app)))
    expect(new Set(entered.map(({ answer }) => answer.status))).toEqual(new Set([200]))
    expect(await countsOf(app)).toEqual([0, 0, ...before])
  })

  it('finds nothing to migrate where it has been before', async () => {
    const app = await opened()
    expect((await app.database.plan()).steps).toEqual([])
  })
})

/** The counts of attempts, in order. */
async function countsOf({ database, description }: AuthApp): Promise<number[]> {
  const attempts = description.tables.find(({ name }) => name === 'plinth_attempts')
  if (!attempts) throw new Error('auth keeps no attempts')
  const { items } = await database.system.list(attempts)
  return items.map(({ count }) => Number(count)).sort((a, b) => a - b)
}
