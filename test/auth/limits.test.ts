import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, enter, openApp, type Sent, signIn, visible } from './app.ts'

const MINUTE = 60_000
const few = { attempts: 3, window: 15 * MINUTE }
const many = { attempts: 1000, window: 15 * MINUTE }

const wrong = (email = ADA.email) => ({ email, password: 'not the right one' })

/** The statuses of so many sign-ins, one after the other. */
async function attempt(app: AuthApp, times: number, init: Sent): Promise<number[]> {
  const statuses: number[] = []
  for (let count = 0; count < times; count++) {
    statuses.push((await app.send('/auth/sign-in', init)).status)
  }
  return statuses
}

describe('the limits on sign-in', () => {
  it('[ASVS 6.3.1] refuse the account after ten attempts from anywhere', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    for (let host = 1; host <= 10; host++) {
      const address = `203.0.113.${host}`
      expect(await attempt(app, 1, { json: wrong(), address })).toEqual([401])
    }
    const refused = await app.send('/auth/sign-in', { json: ADA, address: '198.51.100.1' })
    expect([refused.status, refused.json.code]).toEqual([429, 'rate_limited'])
    expect(refused.headers.get('retry-after')).toBe('900')
  })

  it('[ASVS 6.3.8] are alike for known and unknown accounts', async () => {
    const app = await openApp({ limits: { account: few } })
    await app.send('/auth/sign-up', { json: ADA })
    expect(await attempt(app, 4, { json: wrong() })).toEqual([401, 401, 401, 429])
    expect(await attempt(app, 4, { json: wrong(BOB.email) })).toEqual([401, 401, 401, 429])
    const known = await app.send('/auth/sign-in', { json: wrong() })
    const unknown = await app.send('/auth/sign-in', { json: wrong(BOB.email) })
    expect(visible(unknown)).toEqual(visible(known))
  })

  it('open again when the window is over, however often one knocks', async () => {
    const app = await openApp({ limits: { account: few } })
    await app.send('/auth/sign-up', { json: ADA })
    await attempt(app, 3, { json: wrong() })
    for (let minute = 0; minute < 14; minute++) {
      app.clock.advance(MINUTE)
      expect(await attempt(app, 2, { json: ADA })).toEqual([429, 429])
    }
    app.clock.advance(MINUTE)
    expect(await attempt(app, 1, { json: ADA })).toEqual([200])
  })

  it('[family 13] [ASVS 15.4.2] let a hundred guesses at once no further than ten', async () => {
    const app = await openApp()
    await app.send('/auth/sign-up', { json: ADA })
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, host) =>
        app.send('/auth/sign-in', { json: wrong(), address: `198.51.100.${host}` }),
      ),
    )
    const count = (status: number) => answers.filter((answer) => answer.status === status).length
    expect([count(401), count(429)]).toEqual([10, 90])
    const hashes = app.recorder.spans.filter(({ name }) => name === 'password hash')
    expect(hashes).toHaveLength(11)
  })

  it('hold for one address and all the accounts it tries', async () => {
    const app = await openApp({ limits: { address: few } })
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) {
      statuses.push(...(await attempt(app, 1, { json: wrong(`user${count}@example.com`) })))
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    expect(await attempt(app, 1, { json: wrong(), address: '198.51.100.1' })).toEqual([401])
  })

  it('hold for everyone together', async () => {
    const app = await openApp({ limits: { global: few } })
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) {
      const init = { json: wrong(`user${count}@example.com`), address: `198.51.100.${count}` }
      statuses.push(...(await attempt(app, 1, init)))
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429])
  })

  it('take an IPv6 customer’s /64 for one address', async () => {
    const app = await openApp({ limits: { address: few } })
    const from = async (address: string) =>
      (await attempt(app, 1, { json: wrong(`${address.length}@example.com`), address }))[0]
    const spellings = ['2001:db8:1:2::1', '2001:DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2:3::']
    for (const address of spellings) expect(await from(address)).toBe(401)
    expect(await from('2001:0db8:0001:0002:dead::beef')).toBe(429)
    expect(await from('2001:db8:1:3::1')).toBe(401)
  })

  it('take an IPv4 address for the same when it is written as IPv6', async () => {
    const app = await openApp({ limits: { address: few } })
    const spellings = ['198.51.100.9', '::ffff:198.51.100.9', '::ffff:c633:6409']
    for (const [at, address] of spellings.entries()) {
      expect(await attempt(app, 1, { json: wrong(`${at}@example.com`), address })).toEqual([401])
    }
    const init = { json: wrong('last@example.com'), address: '0:0:0:0:0:FFFF:198.51.100.9' }
    expect(await attempt(app, 1, init)).toEqual([429])
  })

  it('are cleared for an account by its owner', async () => {
    const app = await openApp({ limits: { account: few } })
    await app.send('/auth/sign-up', { json: ADA })
    for (let round = 0; round < 3; round++) {
      expect(await attempt(app, 2, { json: wrong() })).toEqual([401, 401])
      expect(await attempt(app, 1, { json: ADA })).toEqual([200])
    }
  })

  it('are not cleared for an address by an account of its own', async () => {
    const app = await openApp({ limits: { address: few, account: many } })
    await app.send('/auth/sign-up', { json: ADA, address: '198.51.100.1' })
    await app.send('/auth/sign-up', { json: BOB, address: '198.51.100.1' })
    const statuses: number[] = []
    for (let round = 0; round < 3; round++) {
      statuses.push(...(await attempt(app, 1, { json: BOB })))
      statuses.push(...(await attempt(app, 1, { json: wrong() })))
    }
    expect(statuses).toEqual([200, 401, 200, 401, 200, 401])
    expect(await attempt(app, 2, { json: BOB })).toEqual([429, 429])
  })

  it('count no successes: a whole office signs in', async () => {
    const app = await openApp({ limits: { address: few, global: few } })
    await app.send('/auth/sign-up', { json: ADA })
    expect(await attempt(app, 8, { json: ADA })).toEqual(new Array(8).fill(200))
  })

  it('count an account by what it is, not by how it is spelled', async () => {
    const app = await openApp({ limits: { account: few } })
    const spellings = ['ada@example.com', 'ADA@example.com', ' ada@EXAMPLE.com', 'ａda@example.com']
    const statuses: number[] = []
    for (const email of spellings) statuses.push(...(await attempt(app, 1, { json: wrong(email) })))
    expect(statuses).toEqual([401, 401, 401, 429])
  })

  it('outlast a clock that is put back by no more than a window', async () => {
    const app = await openApp({ limits: { account: few } })
    await app.send('/auth/sign-up', { json: ADA })
    await attempt(app, 3, { json: wrong() })
    app.clock.advance(-365 * 24 * 60 * MINUTE)
    expect(await attempt(app, 1, { json: ADA })).toEqual([200])
  })

  it('hold without an address to tell callers apart by', async () => {
    const app = await openApp({ limits: { account: few } })
    const request = () =>
      app.fetch(
        new Request('https://app.test/auth/sign-in', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(wrong()),
        }),
      )
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) statuses.push((await request()).status)
    expect(statuses).toEqual([401, 401, 401, 429])
  })
})

describe('the limits on sign-up', () => {
  it('[ASVS 2.4.1] hold for one address', async () => {
    const app = await openApp({ limits: { address: few } })
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) {
      const json = { ...ADA, email: `user${count}@example.com` }
      statuses.push((await app.send('/auth/sign-up', { json })).status)
    }
    expect(statuses).toEqual([202, 202, 202, 429, 429])
    expect((await signIn(app, { ...ADA, email: 'user0@example.com' })).answer.status).toBe(200)
  })
})

describe('the counts', () => {
  it('are removed when their windows are over', async () => {
    const app = await openApp()
    for (let count = 0; count < 5; count++) {
      await app.send('/auth/sign-in', { json: wrong(`user${count}@example.com`) })
    }
    app.clock.advance(30 * MINUTE)
    await app.send('/auth/sign-in', { json: wrong() })
    const attempts = app.description.tables.find(({ name }) => name === 'plinth_attempts')
    expect(attempts).toBeDefined()
    if (attempts) expect(await settled(() => app.database.system.count(attempts))).toBe(3)
  })

  it('hold none of the addresses that were typed in', async () => {
    const app = await openApp()
    await enter(app)
    await app.send('/auth/sign-in', { json: wrong('secret.person@example.com') })
    const attempts = app.description.tables.find(({ name }) => name === 'plinth_attempts')
    const { items } = attempts ? await app.database.system.list(attempts) : { items: [] }
    expect(items.length).toBeGreaterThan(2)
    expect(JSON.stringify(items)).not.toMatch(/example|person|203\.0/)
  })
})

/** Reads until the answer stays the same: the counts are removed beside the request. */
async function settled(read: () => Promise<number>): Promise<number> {
  for (;;) {
    const first = await read()
    await new Promise((resolve) => setTimeout(resolve, 20))
    if ((await read()) === first) return first
  }
}
