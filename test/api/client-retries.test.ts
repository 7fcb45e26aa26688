import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { json, problem, type Scripted, scriptedClient } from './client-script.ts'

const operations = {
  read: ['GET', '/thing', { answers: { 200: 'json' } }],
  replace: ['PUT', '/thing', { answers: { 204: 'none' } }],
  remove: ['DELETE', '/thing', { answers: { 204: 'none' } }],
  change: ['PATCH', '/thing', { answers: { 200: 'json' } }],
  buy: ['POST', '/orders', { answers: { 200: 'json' }, idempotent: true }],
  say: ['POST', '/words', { answers: { 200: 'json' } }],
  legacy: ['POST', '/old'],
} as const

const lost = new TypeError('connection reset')
const fine = json({ fine: true })
const limited = problem(429, 'rate_limited', { 'retry-after': '2' })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

type Options = Parameters<typeof scriptedClient>[2]

/** Calls, lets all the time pass that is waited for, and tells what came of it. */
async function run(
  name: keyof typeof operations,
  script: readonly Scripted[],
  { idempotencyKey, ...options }: Options & { idempotencyKey?: string } = {},
) {
  const { api, requests } = scriptedClient(operations, script, options)
  const start = performance.now()
  const result = api[name](idempotencyKey === undefined ? {} : { idempotencyKey })
  await vi.runAllTimersAsync()
  const { status, body } = await result
  return { status, body, sent: requests.length, requests, waited: performance.now() - start }
}

describe('a call that is safe to repeat', () => {
  it.each([
    ['a lost connection', lost],
    ['408', problem(408, 'slow')],
    ['425', problem(425, 'early')],
    ['429', problem(429, 'rate_limited')],
    ['502', new Response('<h1>Bad Gateway</h1>', { status: 502 })],
    ['503', problem(503, 'overloaded')],
    ['504', problem(504, 'slow')],
  ])('is sent again after %s', async (_, failure) => {
    for (const name of ['read'] as const) {
      expect(await run(name, [failure, fine])).toMatchObject({ status: 200, sent: 2 })
    }
    const gone = new Response(null, { status: 204 })
    expect(await run('replace', [failure, gone])).toMatchObject({ status: 204, sent: 2 })
    expect(await run('remove', [failure, gone])).toMatchObject({ status: 204, sent: 2 })
    const keyed = { idempotencyKey: 'k' }
    expect(await run('buy', [failure, fine], keyed)).toMatchObject({ status: 200, sent: 2 })
    expect(await run('legacy', [failure, fine], keyed)).toMatchObject({ status: 200, sent: 2 })
  })

  it.each([400, 401, 403, 404, 409, 422, 500, 501])('is not after %i', async (status) => {
    expect(await run('read', [problem(status, 'no'), fine])).toMatchObject({ status, sent: 1 })
  })

  it('is not after an answer that means nothing', async () => {
    const broken = new Response('{"half', { headers: { 'content-type': 'application/json' } })
    expect(await run('read', [broken, fine])).toMatchObject({
      status: 0,
      body: { code: 'invalid_answer' },
      sent: 1,
    })
  })

  it('is sent three times at most, and then is what it is', async () => {
    expect(await run('read', [lost])).toMatchObject({ status: 0, sent: 3 })
    expect(await run('read', [lost], { retries: 5 })).toMatchObject({ sent: 6 })
    expect(await run('read', [lost], { retries: 0 })).toMatchObject({ sent: 1 })
    const last = await run('read', [lost, problem(503, 'overloaded')])
    expect(last).toMatchObject({ status: 503, body: { code: 'overloaded' }, sent: 3 })
  })

  it('waits up to twice as long each time', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const { waited } = await run('read', [lost], { retries: { limit: 4, pause: 100 } })
    expect(waited).toBe(100 + 200 + 400 + 800)
    vi.spyOn(Math, 'random').mockReturnValue(0)
    expect(await run('read', [lost])).toMatchObject({ waited: 0, sent: 3 })
    vi.restoreAllMocks()
  })

  it('is given up when its time is over', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const retries = { limit: 100, pause: 1000, within: 10_000 }
    expect(await run('read', [lost], { retries })).toMatchObject({ sent: 4, waited: 7000 })
    vi.restoreAllMocks()
  })

  it('has one key and one trace for all its attempts', async () => {
    const { requests } = await run('buy', [lost, fine], { idempotencyKeys: true, trace: true })
    const keys = requests.map(({ headers }) => headers.get('idempotency-key'))
    expect(keys[0]).toMatch(/^"[0-9a-f]{32}"$/)
    expect(keys[1]).toBe(keys[0])
    const traces = requests.map(({ headers }) => headers.get('traceparent')?.split('-') ?? [])
    expect(traces[0]?.join('-')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(traces[1]?.[1]).toBe(traces[0]?.[1])
    expect(traces[1]?.[2]).not.toBe(traces[0]?.[2])
  })

  it('waits for its twin that is still at work', async () => {
    const busy = problem(409, 'idempotency_in_flight', { 'retry-after': '1' })
    const keyed = { idempotencyKey: 'k' }
    expect(await run('buy', [lost, busy, fine], keyed)).toMatchObject({ status: 200, sent: 3 })
    const other = problem(409, 'sold_out')
    expect(await run('buy', [other, fine], keyed)).toMatchObject({ status: 409, sent: 1 })
  })
})

describe('a call that is not safe to repeat', () => {
  it.each(['change', 'say', 'buy', 'legacy'] as const)('is sent once: %s', async (name) => {
    for (const failure of [lost, problem(502, 'x'), problem(503, 'x', { 'retry-after': '1' })]) {
      expect(await run(name, [failure, fine])).toMatchObject({ sent: 1 })
    }
    expect(await run(name, [problem(429, 'x'), fine])).toMatchObject({ status: 429, sent: 1 })
  })

  it('is not made safe by a key that nobody honours', async () => {
    const keyed = { idempotencyKey: 'k' }
    expect(await run('say', [lost, fine], keyed)).toMatchObject({ status: 0, sent: 1 })
    const { requests } = await run('say', [fine], { idempotencyKeys: true })
    expect(requests[0]?.headers.has('idempotency-key')).toBe(false)
  })

  it('is repeated when it was refused before anything was done', async () => {
    expect(await run('say', [limited, fine])).toMatchObject({ status: 200, sent: 2 })
    expect(await run('say', [problem(425, 'early'), fine])).toMatchObject({ sent: 2 })
    const shed = problem(503, 'overloaded', { 'retry-after': '1' })
    expect(await run('say', [shed, fine])).toMatchObject({ status: 200, sent: 2 })
  })

  it('is not when its body was a stream', async () => {
    const { api, requests } = scriptedClient(
      { upload: ['PUT', '/file', { body: 'bytes', answers: { 204: 'none' } }] },
      [lost, fine],
    )
    const body = new Blob(['once']).stream()
    const result = api.upload({ body })
    await vi.runAllTimersAsync()
    expect(await result).toMatchObject({ status: 0 })
    expect(requests).toHaveLength(1)
  })
})

describe('Retry-After', () => {
  const wait = (value: string, headers = {}) =>
    problem(503, 'x', { 'retry-after': value, ...headers })

  it('is waited for, in seconds or until a date', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    expect(await run('read', [wait('7'), fine])).toMatchObject({ sent: 2, waited: 7000 })
    vi.setSystemTime(0)
    const date = new Date(5000).toUTCString()
    expect(await run('read', [wait(date), fine])).toMatchObject({ sent: 2, waited: 5000 })
    // A clock that is a day ahead of the server's.
    vi.setSystemTime(86_400_000)
    const own = { date: new Date(1000).toUTCString() }
    expect(await run('read', [wait(date, own), fine])).toMatchObject({ sent: 2, waited: 4000 })
    vi.restoreAllMocks()
  })

  it('is not waited for when it is longer than the call may take', async () => {
    for (const value of ['31', '99999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT']) {
      const answer = await run('read', [wait(value), fine])
      expect(answer, value).toMatchObject({ status: 503, sent: 1, waited: 0 })
    }
  })

  it('is not believed when it is none', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    for (const value of ['-5', '1e3', 'soon', '', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
      expect(await run('read', [wait(value), fine]), value).toMatchObject({ sent: 2, waited: 0 })
    }
    vi.restoreAllMocks()
  })
})

describe('a timeout', () => {
  it('ends each attempt and is repeated where that is safe', async () => {
    const answer = await run('read', ['silence'], { timeout: 1000, retries: 1 })
    expect(answer).toMatchObject({ status: 0, body: { code: 'timeout' }, sent: 2 })
    expect((answer.body as { detail: string }).detail).toBe('read: no answer within 1000 ms')
    expect(await run('say', ['silence'], { timeout: 1000 })).toMatchObject({ sent: 1 })
    expect(await run('read', ['silence', fine], { timeout: 9 })).toMatchObject({ status: 200 })
  })

  it('holds for a body that does not end', async () => {
    const hanging = () =>
      new Response(new ReadableStream(), { headers: { 'content-type': 'application/json' } })
    const answer = await run('read', [hanging], { timeout: 1000, retries: 0 })
    expect(answer).toMatchObject({ status: 0, body: { code: 'timeout' } })
  })

  it('leaves no timer behind', async () => {
    const { api } = scriptedClient(operations, [lost, fine], { timeout: 60_000 })
    const result = api.read()
    await vi.advanceTimersByTimeAsync(1000)
    await result
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a signal', () => {
  it.each([
    ['while an answer is waited for', 'silence' as const],
    ['between two attempts', problem(503, 'x', { 'retry-after': '20' })],
  ])('ends a call %s', async (_, first) => {
    const controller = new AbortController()
    const { api, requests } = scriptedClient(operations, [first, fine], { timeout: 100_000 })
    const result = api.read({ signal: controller.signal })
    await vi.advanceTimersByTimeAsync(5000)
    const reason = new Error('changed my mind')
    controller.abort(reason)
    await expect(result).rejects.toBe(reason)
    await vi.runAllTimersAsync()
    expect(requests).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends a call that waits for the routes', async () => {
    const { client } = await import('plinth/client')
    const api = client('https://shop.example', { fetch: () => new Promise(() => {}) })
    const controller = new AbortController()
    const { read } = api as unknown as { read(input: object): Promise<unknown> }
    const result = read({ signal: controller.signal })
    controller.abort(new Error('no more'))
    await expect(result).rejects.toThrow('no more')
  })

  it('is not listened to any more when the call has ended', async () => {
    const { signal } = new AbortController()
    const { api } = scriptedClient(operations, [lost, fine], { timeout: 1000 })
    const result = api.read({ signal })
    await vi.advanceTimersByTimeAsync(500)
    await result
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
