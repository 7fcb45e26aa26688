import fc from 'fast-check'
import { anyone, apiTables, operation, rateLimit } from 'plinth/api'
import { open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import {
  fromRequest,
  memoryStore,
  type RateLimitDecision,
  type RateLimitRule,
  type RateLimitStore,
  takeFrom,
} from 'plinth/http'
import { redisStore } from 'plinth/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { app } from './fixture.ts'
import { connectRedis, type OpenStores, storeKinds } from './limits-stores.ts'

const START = Date.parse('2026-03-01T12:00:00Z')
const WINDOW = 60_000
const ALGORITHMS = ['token-bucket', 'sliding-window'] as const

function ruleOf(algorithm: RateLimitRule['algorithm'], limit = 5, window = WINDOW): RateLimitRule {
  return { algorithm, limit, window }
}

async function take(
  store: RateLimitStore,
  rule: RateLimitRule,
  { key = 'k', cost = 1, at = 0 }: { key?: string; cost?: number; at?: number } = {},
): Promise<RateLimitDecision> {
  return store.take(key, cost, rule, START + at)
}

describe.each(storeKinds)('a store in $name', ({ available, open: openStores }) => {
  let opened: OpenStores
  let key = 0

  beforeAll(async () => {
    if (available) opened = await openStores()
  })
  beforeEach(() => {
    key += 1
  })
  afterAll(() => opened?.close())

  /** A store of keys that no other test knows. */
  const openStore = (which = 0): RateLimitStore => ({
    take: (name, ...rest) =>
      (opened.stores[which] as RateLimitStore).take(`${key} ${name}`, ...rest),
  })

  describe.skipIf(!available).each(ALGORITHMS)('by %s', (algorithm) => {
    const rule = ruleOf(algorithm)

    it('allows the limit and no more', async () => {
      const store = openStore()
      const left: number[] = []
      for (let n = 0; n < 5; n += 1) left.push((await take(store, rule)).remaining)
      expect(left).toEqual([4, 3, 2, 1, 0])
      const refused = await take(store, rule)
      expect([refused.allowed, refused.remaining]).toEqual([false, 0])
      expect(refused.wait).toBeGreaterThan(0)
      expect(refused.wait).toBeLessThanOrEqual(1.1 * WINDOW)
    })

    it('allows again after the wait it asked for', async () => {
      const store = openStore()
      for (let n = 0; n < 5; n += 1) await take(store, rule, { at: n * 7_000 })
      const { wait } = await take(store, rule, { at: 28_000, cost: 3 })
      expect((await take(store, rule, { at: 28_000 + wait - 1, cost: 3 })).allowed).toBe(false)
      expect((await take(store, rule, { at: 28_000 + wait + 1, cost: 3 })).allowed).toBe(true)
    })

    it('is whole again after the reset it told', async () => {
      const store = openStore()
      await take(store, rule, { cost: 2 })
      const { reset } = await take(store, rule, { cost: 2, at: 10_000 })
      expect((await take(store, rule, { cost: 5, at: 10_000 + reset + 1 })).allowed).toBe(true)
    })

    it('counts keys apart, whatever they hold', async () => {
      const store = openStore()
      const keys = ['a', 'A', 'a ', 'ä', "a'; DROP TABLE plinth_limits; --", 'x'.repeat(5000), '']
      for (const key of keys) {
        expect((await take(store, rule, { key, cost: 5 })).allowed).toBe(true)
        expect((await take(store, rule, { key })).allowed).toBe(false)
      }
    })

    it('never allows more than what is there though all come at once', async () => {
      const stores = [openStore(0), openStore(1), openStore(2)]
      const many = ruleOf(algorithm, 100)
      const decisions = await Promise.all(
        Array.from({ length: 1000 }, (_, at) => take(stores[at % 3] as RateLimitStore, many)),
      )
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(100)
    })

    it('neither opens nor closes when the clock is put back a little', async () => {
      const store = openStore()
      await take(store, rule, { cost: 5 })
      expect((await take(store, rule, { at: -30_000 })).allowed).toBe(false)
      expect((await take(store, rule, { at: 1.1 * WINDOW })).allowed).toBe(true)
    })

    it('opens again though the clock is put back by years', async () => {
      const store = openStore()
      await take(store, rule, { cost: 5 })
      const back = -1_000 * 86_400_000
      expect((await take(store, rule, { at: back })).allowed).toBe(false)
      expect((await take(store, rule, { at: back + 1.1 * WINDOW })).allowed).toBe(true)
    })

    it('takes nothing for what costs nothing', async () => {
      const store = openStore()
      expect((await take(store, rule, { cost: 0 })).remaining).toBe(5)
      await take(store, rule, { cost: 5 })
      expect((await take(store, rule, { cost: 0 })).allowed).toBe(true)
    })

    it('decides as every other store does', async () => {
      const store = openStore()
      const steps = fc.array(
        fc.record({ by: fc.integer({ min: -90_000, max: 90_000 }), cost: fc.nat(6) }),
        { minLength: 1, maxLength: 12 },
      )
      let run = 0
      await fc.assert(
        fc.asyncProperty(steps, async (taken) => {
          run += 1
          let state: number[] | undefined
          let at = 0
          for (const { by, cost } of taken) {
            at += by
            const expected = takeFrom(state, { cost, rule, now: START + at })
            state = expected.state
            const found = await take(store, rule, { key: `run-${run}`, cost, at })
            expect(found.allowed).toBe(expected.decision.allowed)
            expect(found.remaining).toBe(expected.decision.remaining)
            expect(found.wait).toBeCloseTo(expected.decision.wait, 3)
            expect(found.reset).toBeCloseTo(expected.decision.reset, 3)
          }
        }),
        { numRuns: 10 },
      )
    })
  })
})

describe('the algorithms', () => {
  const times = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 20, maxLength: 200 })

  it('let no window hold more than the limit by sliding-window', () => {
    fc.assert(
      fc.property(times, (gaps) => {
        const rule = ruleOf('sliding-window', 10, 10_000)
        const store = memoryStore()
        const allowed: number[] = []
        let at = START
        for (const gap of gaps) {
          at += gap
          if ((store.take('k', 1, rule, at) as RateLimitDecision).allowed) allowed.push(at)
        }
        for (const first of allowed) {
          const within = allowed.filter((time) => time >= first && time < first + 10_000)
          expect(within.length).toBeLessThanOrEqual(10)
        }
      }),
    )
  })

  it('let no time hold more than the bucket and what flowed in by token-bucket', () => {
    fc.assert(
      fc.property(times, (gaps) => {
        const rule = ruleOf('token-bucket', 10, 10_000)
        const store = memoryStore()
        let at = START
        let count = 0
        for (const gap of gaps) {
          at += gap
          if ((store.take('k', 1, rule, at) as RateLimitDecision).allowed) count += 1
          expect(count).toBeLessThanOrEqual(10 + (at - START) / 1_000 + 1e-6)
        }
      }),
    )
  })
})

describe('a store in memory that is full', () => {
  const rule = ruleOf('token-bucket', 5)

  it('does not forget who has used up a rate', async () => {
    const store = memoryStore({ maxKeys: 100 })
    await take(store, rule, { key: 'attacker', cost: 5 })
    for (let n = 0; n < 10_000; n += 1) await take(store, rule, { key: `other-${n}`, at: n / 100 })
    expect((await take(store, rule, { key: 'attacker', at: 100 })).allowed).toBe(false)
  })

  it('forgets whose rate is whole again first', async () => {
    const store = memoryStore({ maxKeys: 2 })
    await take(store, rule, { key: 'a', cost: 5 })
    await take(store, rule, { key: 'b', cost: 1 })
    await take(store, rule, { key: 'c', cost: 1, at: 20_000 })
    expect((await take(store, rule, { key: 'a', cost: 5, at: 20_000 })).allowed).toBe(false)
  })

  it('holds as many keys as it may, and no more time than they need', async () => {
    const store = memoryStore({ maxKeys: 1 })
    for (const key of ['a', 'b', 'c']) {
      expect((await take(store, rule, { key })).remaining).toBe(4)
    }
  })
})

describe('a store in a database', () => {
  it('serves the limits of an app that say so', async () => {
    const database = await open(sqlite(':memory:', []), { tables: apiTables })
    onTestFinished(() => database.close())
    await database.migrate()
    const ping = operation({
      method: 'GET',
      path: '/ping',
      guard: anyone,
      limits: [rateLimit({ limit: 2, window: WINDOW, by: 'address', store: 'database' })],
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const statuses = []
    for (const tested of [app({ ping }, { database }), app({ ping }, { database })]) {
      for (let n = 0; n < 2; n += 1) {
        const request = new Request('http://app.test/ping')
        statuses.push((await tested.handle(fromRequest(request, { address: '1.1.1.1' }))).status)
      }
    }
    expect(statuses).toEqual([204, 204, 429, 429])
  })

  it('keeps no key as it is, and nothing for ever', async () => {
    const database = await open(sqlite(':memory:', []), { tables: apiTables })
    onTestFinished(() => database.close())
    await database.migrate()
    const { databaseStore } = await import('plinth/api')
    const store = databaseStore(database)
    const [, records] = apiTables as [never, (typeof apiTables)[0]]
    await take(store, ruleOf('token-bucket'), { key: 'actor:ada' })
    const rows = JSON.stringify((await database.system.list(records)).items)
    expect(rows).not.toMatch(/ada/)
    await take(store, ruleOf('token-bucket'), { key: 'later', at: 100 * WINDOW })
    await expect.poll(() => database.system.count(records)).toBe(1)
  })

  it('fails rather than let through when the database is closed', async () => {
    const database = await open(sqlite(':memory:', []), { tables: apiTables })
    await database.migrate()
    const { databaseStore } = await import('plinth/api')
    const store = databaseStore(database)
    await database.close()
    await expect(take(store, ruleOf('token-bucket'))).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('a store in Redis', () => {
  it('is given a client of Redis', () => {
    expect(() => redisStore({} as never)).toThrow(/expected a client of the package "redis"/)
  })

  it('counts as down when no answer comes', async () => {
    const silent = { eval: () => new Promise(() => {}), evalSha: () => new Promise(() => {}) }
    const store = redisStore(silent, { timeout: 5 })
    await expect(take(store, ruleOf('token-bucket'))).rejects.toThrow(/within 5 ms/)
  })

  const { available } = storeKinds.find(({ name }) => name === 'Redis') ?? {}
  it.skipIf(!available)('goes on when Redis has forgotten the script', async () => {
    const client = await connectRedis()
    onTestFinished(() => client.close())
    const store = redisStore(client, { prefix: `test:${crypto.randomUUID()}:` })
    await take(store, ruleOf('token-bucket'))
    await client.scriptFlush()
    expect((await take(store, ruleOf('token-bucket'))).remaining).toBe(3)
  })

  it.skipIf(!available)('keeps no key longer than it is needed', async () => {
    const client = await connectRedis()
    onTestFinished(() => client.close())
    const prefix = `test:${crypto.randomUUID()}:`
    await take(redisStore(client, { prefix }), ruleOf('sliding-window'))
    const left = await client.pTTL(`${prefix}k`)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(1.1 * WINDOW)
  })
})
