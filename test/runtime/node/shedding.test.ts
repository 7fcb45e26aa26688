import { type App, anyone, createApp, defineOperation } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import { serve } from 'plinth/node'
import * as v from 'valibot'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'

const operation = defineOperation()
const signals = createSignals()
let shed = 0
signals.subscribe({
  measurement: ({ name }) => {
    if (name === 'plinth.http.shed') shed += 1
  },
})

let finish: (() => void)[] = []
afterEach(() => {
  for (const done of finish.splice(0)) done()
  finish = []
  shed = 0
})

function appOf(work: () => void | Promise<void>): App {
  return createApp({
    signals,
    operations: {
      work: operation({
        method: 'POST',
        path: '/work',
        guard: anyone,
        responses: { 204: null },
        handler: async () => {
          await work()
          return { status: 204 }
        },
      }),
      health: operation({
        method: 'GET',
        path: '/health',
        guard: anyone,
        essential: true,
        responses: { 204: null },
        handler: () => ({ status: 204 }),
      }),
    },
  })
}

async function served(app: App, shedding: Parameters<typeof serve>[1]): Promise<string> {
  const server = await serve(app, {
    port: 0,
    hostname: '127.0.0.1',
    signals: false,
    onListen: () => {},
    ...shedding,
  })
  onTestFinished(() => server.close())
  return server.url
}

const held = () => new Promise<void>((resolve) => finish.push(resolve))
const work = (url: string) => fetch(`${url}/work`, { method: 'POST', body: 'x'.repeat(100) })

describe('a server with more at work than it may have', () => {
  it('turns requests away with what to do about it [ASVS 15.2.2]', async () => {
    const url = await served(appOf(held), { shed: { requests: 2 } })
    const first = [work(url), work(url)]
    await expect.poll(() => finish.length).toBe(2)
    const refused = await work(url)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(await refused.json()).toMatchObject({ code: 'overloaded', status: 503 })
    expect(shed).toBe(1)
    for (const done of finish) done()
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([204, 204])
  })

  it('answers what is essential all the same', async () => {
    const url = await served(appOf(held), { shed: { requests: 1 } })
    const first = work(url)
    await expect.poll(() => finish.length).toBe(1)
    expect((await fetch(`${url}/health`)).status).toBe(204)
    expect((await fetch(`${url}/nowhere`)).status).toBe(503)
    for (const done of finish.splice(0)) done()
    await first
    expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  })

  it('turns nobody away when told so', async () => {
    const url = await served(appOf(held), { shed: false })
    const all = Promise.all(Array.from({ length: 20 }, () => work(url)))
    await expect.poll(() => finish.length).toBe(20)
    for (const done of finish.splice(0)) done()
    expect((await all).every(({ status }) => status === 204)).toBe(true)
  })

  it('takes requests on again after a handler that threw', async () => {
    const app: App = {
      ...appOf(held),
      handle: () => Promise.reject(new Error('broken')),
    }
    const url = await served(app, { shed: { requests: 1 }, onError: () => {} })
    expect([(await work(url)).status, (await work(url)).status]).toEqual([500, 500])
  })
})

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

const together = async (url: string, times: number) =>
  (await Promise.all(Array.from({ length: times }, () => work(url)))).map(({ status }) => status)

describe('a server whose event loop is behind', () => {
  it.each([
    ['of slow requests', { clients: 20, takes: 30, shed: { delay: 20, queue: 0 } }],
    ['of quick requests', { clients: 60, takes: 1, shed: { delay: 40, queue: 20 } }],
  ])('turns a flood %s away, and recovers by itself', async (_kind, { clients, takes, shed }) => {
    let busy = true
    const url = await served(
      appOf(() => spin(busy ? takes : 0)),
      { shed },
    )
    const statuses = new Map<number, number>()
    const flood = Array.from({ length: clients }, async () => {
      while (busy) {
        const { status } = await work(url)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if ((statuses.get(503) ?? 0) >= 50) busy = false
      }
    })
    await expect.poll(() => statuses.get(503) ?? 0, { timeout: 20_000 }).toBeGreaterThan(0)
    expect((await fetch(`${url}/health`)).status).toBe(204)
    await Promise.all(flood)
    expect([...statuses.keys()].sort()).toEqual([204, 503])
    await expect.poll(() => together(url, 20), { timeout: 20_000 }).toEqual(Array(20).fill(204))
  })

  it('takes on two hundred that come at once', async () => {
    const url = await served(
      appOf(() => spin(1)),
      {},
    )
    expect(await together(url, 200)).toEqual(Array(200).fill(204))
  })
})

describe('the options of shedding', () => {
  it.each([
    [{ delay: -1 }, /shed\.delay must be a whole number/],
    [{ requests: 0.5 }, /shed\.requests must be a whole number/],
    [{ queue: '9' }, /shed\.queue must be a whole number/],
    [{ max: 1 }, /option "max" is unknown/],
  ])('are checked at start: %o', async (options, message) => {
    await expect(served(appOf(held), { shed: options as object })).rejects.toThrow(message)
  })

  it('name an essential operation whose path is not one', () => {
    const essential = operation({
      method: 'GET',
      path: '/health/:id',
      guard: anyone,
      essential: true,
      params: v.object({ id: v.string() }),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    expect(() => createApp({ operations: { essential } })).toThrow(
      /operation essential: is essential, so its path has no parameters/,
    )
  })
})
