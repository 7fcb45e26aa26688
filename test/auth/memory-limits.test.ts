import { auth, type LimitOptions, password } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, openApp, signIn } from './app.ts'

const MINUTE = 60_000
const few = { attempts: 3, window: 15 * MINUTE }
const open = (limits: LimitOptions = {}) => openApp({ limits: { store: 'memory', ...limits } })

async function attempt(app: AuthApp, times: number, json: object, from = 1): Promise<number[]> {
  const statuses: number[] = []
  for (let count = 0; count < times; count++) {
    const address = `198.51.100.${from + count}`
    statuses.push((await app.send('/auth/sign-in', { json, address })).status)
  }
  return statuses
}

const wrong = { ...ADA, password: 'not the right one' }

describe('limits in memory', () => {
  it('hold for an account, and write nothing', async () => {
    const app = await open({ account: few })
    await app.send('/auth/sign-up', { json: ADA })
    expect(await attempt(app, 5, wrong)).toEqual([401, 401, 401, 429, 429])
    const refused = await app.send('/auth/sign-in', { json: ADA })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '900'])
    const attempts = app.description.tables.find(({ name }) => name === 'plinth_attempts')
    expect(attempts && (await app.database.system.count(attempts))).toBe(0)
  })

  it('open again when the window is over', async () => {
    const app = await open({ account: few })
    await enter(app)
    await attempt(app, 3, wrong)
    app.clock.advance(15 * MINUTE - 1)
    expect(await attempt(app, 1, ADA)).toEqual([429])
    app.clock.advance(1)
    expect(await attempt(app, 1, ADA)).toEqual([200])
  })

  it('let a hundred guesses at once no further than ten', async () => {
    const app = await open()
    await app.send('/auth/sign-up', { json: ADA })
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, host) =>
        app.send('/auth/sign-in', { json: wrong, address: `198.51.100.${host}` }),
      ),
    )
    const count = (status: number) => answers.filter((answer) => answer.status === status).length
    expect([count(401), count(429)]).toEqual([10, 90])
  })

  it('are cleared for an account by its owner, and lowered for the others', async () => {
    const app = await open({ account: few, global: { attempts: 5, window: 15 * MINUTE } })
    await app.send('/auth/sign-up', { json: ADA })
    for (let round = 0; round < 2; round++) {
      expect(await attempt(app, 2, wrong)).toEqual([401, 401])
      expect(await attempt(app, 1, ADA)).toEqual([200])
    }
    expect(await attempt(app, 2, { ...BOB })).toEqual([401, 429])
  })

  it('are cleared by nothing that is undone', async () => {
    const app = await open({ account: few })
    await app.send('/auth/sign-up', { json: ADA })
    const { users } = await import('plinth/auth')
    const bannedUntil = new Date('2100-01-01')
    await app.database.system.updateMany(users, {}, { bannedUntil })
    expect(await attempt(app, 4, ADA)).toEqual([403, 403, 403, 429])
  })

  it('outlast a clock that is put back by no more than a window', async () => {
    const app = await open({ account: few })
    await enter(app)
    await attempt(app, 3, wrong)
    app.clock.advance(-365 * 24 * 60 * MINUTE)
    expect((await signIn(app)).answer.status).toBe(200)
  })

  it('are kept nowhere else but where one says', () => {
    const limits = { store: 'redis' } as never
    expect(() => auth({ factors: [password()], limits })).toThrow(
      /auth\(\{ limits \}\)\.store: is redis; expected database or memory/,
    )
    expect(auth({ factors: [password()] }).limits.store).toBe('database')
  })
})
