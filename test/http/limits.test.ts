import {
  type App,
  addressBlock,
  anyone,
  concurrencyLimit,
  createApp,
  createProxyTrust,
  defineOperation,
  fromRequest,
  header,
  memoryStore,
  type OperationTree,
  type Outgoing,
  type RateLimitStore,
  type RequestLimit,
  rateLimit,
} from 'plinth/http'
import * as v from 'valibot'
import { beforeEach, describe, expect, it } from 'vitest'
import { record } from './send.ts'

const MINUTE = 60_000
let now = 0
const clock = { now: () => now }

beforeEach(() => {
  now = Date.parse('2026-03-01T12:00:00Z')
})

const operation = defineOperation()

function ping(limits: readonly RequestLimit[], path = '/ping') {
  return operation({
    method: 'GET',
    path,
    guard: anyone,
    limits,
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  })
}

function appOf(operations: OperationTree, requests: readonly RequestLimit[] = []): App {
  return createApp({
    operations,
    clock,
    limits: { requests },
    authenticate: (incoming) => {
      const id = incoming.header('x-user')
      if (id === null) return null
      return { actor: { id, roles: [] }, credential: 'bearer', sessionId: id }
    },
  })
}

interface Call {
  readonly path?: string
  readonly from?: string | undefined
  readonly headers?: Record<string, string>
  readonly method?: string
  readonly body?: string
  readonly signal?: AbortSignal
}

function call(app: App, { path = '/ping', from = '203.0.113.7', ...init }: Call = {}) {
  const request = new Request(`https://shop.example${path}`, init)
  return app.handle(fromRequest(request, { address: from === '' ? undefined : from }))
}

async function statuses(app: App, calls: readonly Call[]): Promise<number[]> {
  const found: number[] = []
  for (const each of calls) found.push((await call(app, each)).status)
  return found
}

function codeOf({ body }: Outgoing): unknown {
  return JSON.parse(String(body)).code
}

describe('a rate limit', () => {
  it('tells what it allows and what is left [ASVS 2.4.1]', async () => {
    const app = appOf({ ping: ping([rateLimit({ limit: 3, window: MINUTE, by: 'address' })]) })
    const first = await call(app)
    expect(first.headers['ratelimit-policy']).toBe('"ping";q=3;w=60')
    expect(first.headers['ratelimit']).toBe('"ping";r=2;t=20')
    await call(app)
    await call(app)
    const refused = await call(app)
    expect([refused.status, codeOf(refused)]).toEqual([429, 'rate_limited'])
    expect(refused.headers['content-type']).toBe('application/problem+json')
    expect(refused.headers['ratelimit']).toBe('"ping";r=0;t=60')
    expect(refused.headers['retry-after']).toBe('20')
  })

  it('rounds the time to wait up to whole seconds', async () => {
    const app = appOf({ ping: ping([rateLimit({ limit: 60, window: MINUTE, by: 'address' })]) })
    for (let left = 60; left > 0; left -= 1) await call(app)
    now += 1
    expect((await call(app)).headers['retry-after']).toBe('1')
    now += 998
    expect((await call(app)).headers['retry-after']).toBe('1')
    now += 1
    expect((await call(app)).status).toBe(204)
  })

  it.each(['token-bucket', 'sliding-window'] as const)(
    'never lets more through at once by %s',
    async (algorithm) => {
      const limit = rateLimit({ limit: 100, window: MINUTE, by: 'address', algorithm })
      const app = appOf({ ping: ping([limit]) })
      const answers = await Promise.all(Array.from({ length: 1000 }, () => call(app)))
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(100)
    },
  )

  it('does not read the body of a refused request [ASVS 15.2.2]', async () => {
    const post = operation({
      method: 'POST',
      path: '/ping',
      guard: anyone,
      limits: [rateLimit({ limit: 1, window: MINUTE, by: 'address' })],
      body: v.object({}),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const app = appOf({ post })
    const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    expect((await call(app, sent)).status).toBe(204)
    const request = new Request('https://shop.example/ping', sent)
    const refused = await app.handle(fromRequest(request, { address: '203.0.113.7' }))
    expect([refused.status, request.bodyUsed]).toEqual([429, false])
  })

  it('counts callers by address before it asks who they are', async () => {
    let asked = 0
    const app = createApp({
      operations: {
        ping: operation({
          ...ping([]).spec,
          limits: [rateLimit({ limit: 2, window: MINUTE, by: 'address' })],
          handler: () => ({ status: 204 }),
        } as never),
      },
      clock,
      authenticate: () => {
        asked += 1
        return null
      },
    })
    await statuses(app, [{}, {}, {}, {}])
    expect(asked).toBe(2)
  })

  it('is shared by all that carry the same value', async () => {
    const shared = rateLimit({ limit: 2, window: MINUTE, by: 'address' })
    const app = appOf({ ping: ping([shared]), pong: ping([shared], '/pong') })
    expect(await statuses(app, [{}, { path: '/pong' }, {}, { path: '/pong' }])).toEqual([
      204, 204, 429, 429,
    ])
  })

  it('is apart for each operation when told so', async () => {
    const shared = rateLimit({ limit: 1, window: MINUTE, by: ['address', 'operation'] })
    const app = appOf({ ping: ping([]), pong: ping([], '/pong') }, [shared])
    expect(await statuses(app, [{}, { path: '/pong' }, {}, { path: '/pong' }])).toEqual([
      204, 204, 429, 429,
    ])
  })

  it('takes what an operation costs', async () => {
    const limit = rateLimit({
      limit: 10,
      window: MINUTE,
      by: 'address',
      cost: (incoming) => Number(new URLSearchParams(incoming.query).get('n')),
    })
    const free = operation({
      method: 'GET',
      path: '/ping',
      guard: anyone,
      limits: [limit],
      query: v.object({ n: v.string() }),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const app = appOf({ free })
    const calls = [6, 5, 4, 1, 0].map((n) => ({ path: `/ping?n=${n}` }))
    expect(await statuses(app, calls)).toEqual([204, 429, 204, 429, 204])
  })

  it('does not charge for what it refuses', async () => {
    const app = appOf({ ping: ping([rateLimit({ limit: 1, window: MINUTE, by: 'address' })]) })
    await call(app)
    for (let knocks = 0; knocks < 100; knocks += 1) {
      now += 500
      await call(app)
    }
    now += 10_000
    expect((await call(app)).status).toBe(204)
  })

  it('is told on refusals of others too', async () => {
    const guarded = operation({
      method: 'GET',
      path: '/ping',
      limits: [rateLimit({ limit: 5, window: MINUTE, by: 'address' })],
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const answer = await call(appOf({ guarded }))
    expect([answer.status, answer.headers['ratelimit']]).toEqual([401, '"guarded";r=4;t=12'])
  })

  it('of the app holds all but what is essential', async () => {
    const health = operation({
      method: 'GET',
      path: '/health',
      guard: anyone,
      essential: true,
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    const app = appOf({ ping: ping([]), health }, [
      rateLimit({ limit: 1, window: MINUTE, by: 'address' }),
    ])
    const calls = [{}, {}, { path: '/health' }, { path: '/health' }]
    expect(await statuses(app, calls)).toEqual([204, 429, 204, 204])
  })

  it('stands beside others, each by its own name', async () => {
    const app = appOf({ ping: ping([rateLimit({ limit: 2, window: 1000, by: 'address' })]) }, [
      rateLimit({ limit: 10, window: MINUTE, by: 'address' }),
      rateLimit({ limit: 20, window: MINUTE, by: 'operation', name: 'all' }),
    ])
    const { headers } = await call(app)
    expect(headers['ratelimit-policy']).toBe('"app";q=10;w=60, "all";q=20;w=60, "ping";q=2;w=1')
    expect(headers['ratelimit']).toBe('"app";r=9;t=6, "all";r=19;t=3, "ping";r=1;t=1')
  })
})

describe('the key of a rate limit', () => {
  const limited = (by: Parameters<typeof rateLimit>[0]['by'], more = {}) =>
    appOf({ ping: ping([rateLimit({ limit: 2, window: MINUTE, ...(by && { by }), ...more })]) })

  it('is the actor, and the address of a stranger', async () => {
    const app = limited('actor')
    const as = (name: string, from: string) => ({ from, headers: { 'x-user': name } })
    const calls = [
      as('ada', '1.1.1.1'),
      as('ada', '2.2.2.2'),
      as('ada', '3.3.3.3'),
      as('bob', '1.1.1.1'),
      { from: '1.1.1.1' },
      { from: '1.1.1.1' },
      { from: '1.1.1.1' },
    ]
    expect(await statuses(app, calls)).toEqual([204, 204, 429, 204, 204, 204, 429])
  })

  it('[family 22] cannot be another because of what an actor is called', async () => {
    const app = limited(['actor', 'operation'])
    const names = ['ada', 'address:1.1.1.1', 'ada operation:ping', 'a'.repeat(10_000), 'ü\n']
    const calls = names.map((name) => ({ headers: { 'x-user': encodeURIComponent(name) } }))
    expect(await statuses(app, [...calls, ...calls])).toEqual(Array(10).fill(204))
  })

  it('[family 5] [family 22] is the /64 of an IPv6 address, however it is written [ASVS 15.3.4]', async () => {
    const trust = createProxyTrust([])
    const app = limited('address')
    const addresses = ['2001:db8::1', '2001:DB8:0:0:ffff::2', '2001:0db8:0000:0000::3']
    const calls = addresses.map((from) => ({ from: trust(from, () => null).address }))
    expect(await statuses(app, calls)).toEqual([204, 204, 429])
    expect(await statuses(app, [{ from: '2001:db8:0:1::1' }])).toEqual([204])
  })

  it('[family 5] is one for an IPv4 address and the IPv6 form of it', async () => {
    const app = limited('address')
    const calls = ['203.0.113.9', '::ffff:203.0.113.9', '::FFFF:cb00:7109'].map((from) => ({
      from,
    }))
    expect(await statuses(app, calls)).toEqual([204, 204, 429])
  })

  it('is one for all whose address is unknown', async () => {
    expect(await statuses(limited('address'), [{ from: '' }, { from: '' }, { from: '' }])).toEqual([
      204, 204, 429,
    ])
  })

  it('[family 10] is not changed by how a path is spelled', async () => {
    const app = limited(['address', 'operation'])
    const paths = ['/ping', '//ping', '/%70ing', '/ping/', '/PING', '/ping\\', '/./ping', '/ping#a']
    const calls = paths.map((path) => ({ path }))
    expect(await statuses(app, calls)).toEqual([204, 400, 400, 404, 404, 404, 204, 429])
    expect(await statuses(app, [{}])).toEqual([429])
  })

  it('is not changed by asking for the headers only', async () => {
    const app = limited(['address', 'operation'])
    expect(await statuses(app, [{ method: 'HEAD' }, {}, { method: 'HEAD' }, {}])).toEqual([
      204, 204, 429, 429,
    ])
  })

  it('[ASVS 2.4.1] [family 22] that the caller chooses does not get round its address', async () => {
    for (const by of [
      header('x-api-key'),
      ['address', header('x-api-key')],
      (incoming: { header(name: string): string | null }) =>
        incoming.header('x-api-key') ?? undefined,
    ] as const) {
      const app = limited(by as never)
      const calls = Array.from({ length: 4 }, (_, at) => ({ headers: { 'x-api-key': `k${at}` } }))
      expect(await statuses(app, calls)).toEqual([204, 204, 429, 429])
    }
  })

  it('that the caller chooses may share an address when told so', async () => {
    const app = limited(header('x-api-key'), { addressLimit: 3 })
    const calls = ['a', 'a', 'a', 'b', 'c'].map((key) => ({ headers: { 'x-api-key': key } }))
    expect(await statuses(app, calls)).toEqual([204, 204, 429, 429, 429])
    const elsewhere = { from: '198.51.100.1', headers: { 'x-api-key': 'a' } }
    expect(await statuses(app, [elsewhere])).toEqual([429])
  })

  it('is the address when there is no header', async () => {
    const app = limited(header('x-api-key'))
    expect(await statuses(app, [{}, {}, {}, { from: '198.51.100.1' }])).toEqual([
      204, 204, 429, 204,
    ])
  })

  it('holds no header as it was sent', async () => {
    const keys: string[] = []
    const store: RateLimitStore = {
      take(key, cost, rule, at) {
        keys.push(key)
        return memoryStore().take(key, cost, rule, at)
      },
    }
    const app = limited(header('authorization'), { store })
    await call(app, { headers: { authorization: 'Bearer a-secret' } })
    expect(keys.join()).not.toMatch(/secret/)
    expect(keys).toHaveLength(2)
  })

  it('is of a trusted proxy only when one is trusted', () => {
    const forged = (name: string) => (name === 'x-forwarded-for' ? '6.6.6.6' : null)
    expect(addressBlock(createProxyTrust([])('203.0.113.7', forged).address ?? '')).toBe(
      '203.0.113.7',
    )
  })
})

describe('a store that cannot count', () => {
  const down: RateLimitStore[] = [
    {
      take() {
        throw new Error('down')
      },
    },
    { take: () => Promise.reject(new Error('down')) },
  ]

  it.each(down)('refuses, and says nothing of why', async (store) => {
    const { signals, logs } = record()
    const limits = [rateLimit({ limit: 1, window: MINUTE, by: 'address', store })]
    const app = createApp({ operations: { ping: ping(limits) }, clock, signals })
    const answer = await call(app)
    expect([answer.status, codeOf(answer)]).toEqual([503, 'limit_unavailable'])
    expect(answer.headers['retry-after']).toBe('1')
    expect(String(answer.body)).not.toMatch(/down/)
    expect(logs.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  it.each(down)('lets through when told so, and logs it', async (store) => {
    const { signals, logs } = record()
    const limits = [rateLimit({ limit: 1, window: MINUTE, by: 'address', store, failOpen: true })]
    const app = createApp({ operations: { ping: ping(limits) }, clock, signals })
    expect((await call(app)).status).toBe(204)
    expect(logs.map(({ level }) => level)).toEqual(['error'])
  })
})

describe('a concurrency limit', () => {
  let release: (() => void)[] = []
  let atWork = 0
  let most = 0

  function slow(limit: RequestLimit) {
    release = []
    atWork = 0
    most = 0
    return operation({
      method: 'GET',
      path: '/ping',
      guard: anyone,
      limits: [limit],
      responses: { 204: null },
      handler: async () => {
        atWork += 1
        most = Math.max(most, atWork)
        await new Promise<void>((resolve) => release.push(resolve))
        atWork -= 1
        return { status: 204 }
      },
    })
  }

  const turns = async (count = 10) => {
    for (let left = count; left > 0; left -= 1)
      await new Promise((resolve) => setImmediate(resolve))
  }

  it('never has more at work than it says', async () => {
    const app = appOf({ it: slow(concurrencyLimit({ limit: 5, queue: 1000, wait: 60_000 })) })
    const answers = Promise.all(Array.from({ length: 1000 }, () => call(app)))
    const timer = setInterval(() => {
      for (const done of release.splice(0)) done()
    }, 0)
    expect((await answers).every(({ status }) => status === 204)).toBe(true)
    clearInterval(timer)
    expect(most).toBe(5)
  })

  it('refuses at once what finds the queue full', async () => {
    const app = appOf({ it: slow(concurrencyLimit({ limit: 1, queue: 1, wait: 60_000 })) })
    const [first, second] = [call(app), call(app)]
    await turns()
    const refused = await call(app)
    expect([refused.status, codeOf(refused)]).toEqual([503, 'overloaded'])
    expect(refused.headers['retry-after']).toBe('60')
    for (let left = 2; left > 0; left -= 1) {
      release.shift()?.()
      await turns()
    }
    expect([(await first).status, (await second).status]).toEqual([204, 204])
  })

  it('refuses what has waited in vain', async () => {
    const app = appOf({ it: slow(concurrencyLimit({ limit: 1, wait: 10 })) })
    const first = call(app)
    await turns()
    expect((await call(app)).status).toBe(503)
    release.shift()?.()
    expect((await first).status).toBe(204)
  })

  it('forgets whoever goes away while waiting', async () => {
    const app = appOf({ it: slow(concurrencyLimit({ limit: 1, queue: 1, wait: 60_000 })) })
    const first = call(app)
    await turns()
    const leaving = new AbortController()
    const second = call(app, { signal: leaving.signal })
    await turns()
    leaving.abort()
    expect((await second).status).toBe(499)
    const third = call(app)
    await turns()
    release.shift()?.()
    await turns()
    release.shift()?.()
    expect([(await first).status, (await third).status]).toEqual([204, 204])
    expect(release).toEqual([])
  })

  it('gives a place back when the handler throws', async () => {
    const failing = operation({
      ...ping([]).spec,
      limits: [concurrencyLimit({ limit: 1, queue: 0 })],
      handler: () => {
        throw new Error('broken')
      },
    } as never)
    const { signals } = record()
    const app = createApp({ operations: { failing }, signals })
    expect(await statuses(app, [{}, {}, {}])).toEqual([500, 500, 500])
  })

  it('counts callers apart when told so', async () => {
    const app = appOf({ it: slow(concurrencyLimit({ limit: 1, queue: 0, by: 'address' })) })
    const first = call(app, { from: '1.1.1.1' })
    const second = call(app, { from: '2.2.2.2' })
    await turns()
    expect((await call(app, { from: '1.1.1.1' })).status).toBe(503)
    for (const done of release) done()
    expect([(await first).status, (await second).status]).toEqual([204, 204])
  })
})

describe('the misuse of limits', () => {
  it.each([
    [() => rateLimit({ limit: 0, window: MINUTE }), /limit is 0; expected a whole number/],
    [() => rateLimit({ limit: 1, window: 999 }), /window is 999/],
    [() => rateLimit({ limit: 1, window: Number.NaN }), /window is NaN/],
    [() => rateLimit({ limit: 1, window: MINUTE, cost: 2 }), /cost is 2/],
    [() => rateLimit({ limit: 1, window: MINUTE, by: 'ip' as never }), /by is ip; expected/],
    [() => rateLimit({ limit: 1, window: MINUTE, by: [] }), /by is an empty list/],
    [() => rateLimit({ limit: 1, window: MINUTE, addressLimit: 3 }), /addressLimit goes with/],
    [() => rateLimit({ limit: 1, window: MINUTE, store: 'redis' as never }), /store is redis/],
    [() => rateLimit({ limit: 1, window: MINUTE, name: 'a "b"' }), /name is "a "b""/],
    [() => rateLimit({ limit: 1, window: MINUTE, algorithm: 'leaky' as never }), /algorithm is/],
    [() => rateLimit({ max: 1 } as never), /option "max" is unknown/],
    [() => header('a b'), /no name of a header/],
    [() => concurrencyLimit({ limit: 1.5 }), /limit is 1.5/],
    [() => concurrencyLimit({ limit: 1, wait: -1 }), /wait is -1/],
    [() => memoryStore({ maxKeys: 0 }), /maxKeys is 0/],
    [() => appOf({ ping: ping([{} as never]) }), /holds \[object Object\]; expected rateLimit/],
    [() => appOf({ ping: ping(5 as never) }), /is 5; expected a list/],
    [
      () => appOf({ ping: ping([rateLimit({ limit: 1, window: MINUTE, store: 'database' })]) }),
      /store is "database", which the app has not/,
    ],
    [
      () =>
        appOf({
          ping: ping([
            rateLimit({ limit: 1, window: MINUTE, name: 'a' }),
            rateLimit({ limit: 2, window: MINUTE, name: 'a' }),
          ]),
        }),
      /two limits are called "a"/,
    ],
  ])('fails at once, naming it: %#', (make, message) => {
    expect(make).toThrow(message)
  })
})
