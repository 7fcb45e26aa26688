import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import type { Call } from 'plinth/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { problem, type Scripted, scriptedClient, streamed } from './client-script.ts'

interface Received {
  id: string
  event: string
  data: unknown
}
type Feed = Call<Record<never, never>, { 200: AsyncIterable<Received>; 204: undefined }>

const operations = {
  feed: ['GET', '/feed', { answers: { 200: 'events', 204: 'none' } }],
} as const
const type = 'text/event-stream'
const over = new Response(null, { status: 204 })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function connect(script: readonly Scripted[]) {
  const { api, requests } = scriptedClient(operations, script, { retries: 0 })
  return { feed: api.feed as unknown as Feed, requests }
}

/** Opens the feed, lets all the time pass that is waited for, and gives what came. */
async function read(script: readonly Scripted[], most = 1000) {
  const { feed, requests } = connect(script)
  const received: Received[] = []
  const reading = (async () => {
    const { status, body } = await feed()
    if (status !== 200) throw new Error(`answered ${status}`)
    for await (const event of body) if (received.push(event) >= most) break
  })().catch((error: unknown) => error)
  await vi.runAllTimersAsync()
  return { received, failure: await reading, requests, waited: performance.now() }
}

describe('the events of a stream', () => {
  const cases: Record<string, [text: string, ...data: unknown[]]> = {
    'ended by LF, CR or both': ['data: 1\n\ndata: 2\r\rdata: 3\r\n\r\ndata: 4\r\n\n', 1, 2, 3, 4],
    'with a byte order mark': ['\uFEFFdata: 1\n\n', 1],
    'with a mark that is none': ['\uFEFF\uFEFFdata: 1\n\ndata: 2\n\n', 2],
    'over several lines': ['data: {"a":\ndata: 1}\n\n', { a: 1 }],
    'with comments': [': hello\n:\ndata: 1\n: in between\n\n:\n\n', 1],
    'without a space': ['data:1\n\n', 1],
    'with two spaces': ['data:  " x"\n\n', ' x'],
    'with colons': ['data: "a:b: c"\n\n', 'a:b: c'],
    'without data': ['event: x\n\nid: 7\n\ndata: 1\n\n', 1],
    'with unknown fields': ['dat: 2\n data: 3\nDATA: 4\ndata\u0000: 5\ndata: 1\n\n', 1],
    'cut off at the end': ['data: 1\n\ndata: 2\n', 1],
    'of other letters': ['data: "Grüße 👋🏽"\n\n', 'Grüße 👋🏽'],
  }
  it.each(Object.entries(cases))('are read %s', async (_, [text, ...data]) => {
    const { received } = await read([streamed([text], { type }), over])
    expect(received.map((event) => event.data)).toEqual(data)
  })

  it('have their type once and their id until there is another', async () => {
    const text = 'id: 1\nevent: a\ndata: 1\n\ndata: 2\n\nid: x\0y\ndata: 3\n\nid\ndata: 4\n\n'
    const { received } = await read([streamed([text], { type }), over])
    expect(received).toEqual([
      { id: '1', event: 'a', data: 1 },
      { id: '1', event: 'message', data: 2 },
      { id: '1', event: 'message', data: 3 },
      { id: '', event: 'message', data: 4 },
    ])
  })

  it('are the same however the bytes are cut', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        'data: 1',
        'data:"ü👋"',
        'id: 7',
        'id',
        'event: x',
        ': c',
        'retry: 5',
        'x',
      ),
      fc.string({ maxLength: 5 }).map((text) => `data: ${JSON.stringify(text)}`),
    )
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 30 })
    const cuts = fc.array(fc.nat(200), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(lines, cuts, async (parts, places) => {
        // Data of two lines is not always JSON: then both readings end with the same error.
        const bytes = new TextEncoder().encode(parts.flat().join(''))
        const sorted = [0, ...places.filter((at) => at < bytes.length), bytes.length]
        sorted.sort((a, b) => a - b)
        const pieces = sorted.slice(1).map((end, i) => bytes.slice(sorted[i], end))
        const whole = await read([streamed([bytes], { type }), over])
        const cut = await read([streamed(pieces, { type }), over])
        expect(cut.received).toEqual(whole.received)
        expect(String(cut.failure)).toBe(String(whole.failure))
      }),
      { numRuns: 300 },
    )
  })

  it('must be JSON', async () => {
    const { received, failure } = await read([streamed(['data: 1\n\ndata: {x\n\n'], { type })])
    expect(received).toHaveLength(1)
    expect(failure).toMatchObject({ code: 'invalid_answer' })
  })
})

describe('a stream that ends', () => {
  it('is over when it has no ids and no retry', async () => {
    const { received, failure, requests } = await read([streamed(['data: 1\n\n'], { type })])
    expect([received.length, failure, requests.length]).toEqual([1, undefined, 1])
  })

  it('is an error when it breaks off and cannot go on', async () => {
    const broken = streamed(['data: 1\n\n'], { type, end: false })
    const { received, failure } = await read([broken])
    expect(received).toHaveLength(1)
    expect(failure).toMatchObject({ code: 'network' })
  })

  it.each([true, false])('goes on after the last id (ended: %s)', async (end) => {
    const { received, requests } = await read([
      streamed(['id: 1\ndata: "a"\n\nid: 2\ndata: "lost"\n'], { type, end }),
      streamed(['id: ü\ndata: "b"\n\n'], { type, end }),
      over,
    ])
    expect(received.map(({ data }) => data)).toEqual(['a', 'b'])
    const ids = requests.map(({ headers }) => headers.get('last-event-id'))
    expect(ids.slice(0, 2)).toEqual([null, '1'])
    expect(ids).toHaveLength(3)
  })

  it('is asked for again after the pause that the server names', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const first = streamed(['retry: 7000\n\nretry: 1e9\nretry: -1\n\n'], { type })
    const start = performance.now()
    const { requests, waited } = await read([first, over])
    expect([requests.length, waited - start]).toEqual([2, 7000])
    vi.restoreAllMocks()
  })

  it('is asked for until the server is back', async () => {
    const { received, requests } = await read([
      streamed(['id: 1\ndata: 1\n\n'], { type, end: false }),
      new TypeError('connection refused'),
      problem(503, 'overloaded', { 'retry-after': '60' }),
      new Response('<h1>Bad Gateway</h1>', { status: 502 }),
      streamed(['data: 2\n\n'], { type }),
      over,
    ])
    expect(received.map(({ data }) => data)).toEqual([1, 2])
    expect(requests).toHaveLength(6)
  })

  it.each([401, 403, 404, 400])('is not when it is refused with %i', async (status) => {
    const first = streamed(['id: 1\ndata: 1\n\n'], { type })
    const { failure, requests } = await read([first, problem(status, 'gone')])
    expect(failure).toMatchObject({ code: 'refused', status, problem: { code: 'gone' } })
    expect(requests).toHaveLength(2)
  })

  it('is not when something else answers', async () => {
    const first = streamed(['id: 1\ndata: 1\n\n'], { type })
    const page = new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } })
    const { failure } = await read([first, page])
    expect(failure).toMatchObject({ code: 'refused', status: 200 })
  })
})

describe('a stream that is left', () => {
  function endless() {
    const cancelled = vi.fn()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('id: 1\ndata: 1\n\n')),
      cancel: cancelled,
    })
    const response = new Response(body, { headers: { 'content-type': type } })
    return { cancelled, script: [() => response] }
  }

  it('is cancelled', async () => {
    const { cancelled, script } = endless()
    const { received, requests } = await read(script, 1)
    expect([received.length, requests.length]).toEqual([1, 1])
    expect(cancelled).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is cancelled before it was begun', async () => {
    const { cancelled, script } = endless()
    const { status, body } = await connect(script).feed()
    if (status !== 200) throw new Error('no stream')
    await body[Symbol.asyncIterator]().return?.()
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('ends what is waited for', async () => {
    const { cancelled, script } = endless()
    const { status, body } = await connect(script).feed()
    if (status !== 200) throw new Error('no stream')
    const iterator = body[Symbol.asyncIterator]()
    await iterator.next()
    const waiting = iterator.next()
    await iterator.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('rejects with the reason of its signal', async () => {
    const { cancelled, script } = endless()
    const controller = new AbortController()
    const { signal } = controller
    const { status, body } = await connect(script).feed({ signal })
    if (status !== 200) throw new Error('no stream')
    const iterator = body[Symbol.asyncIterator]()
    await iterator.next()
    const waiting = iterator.next()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(cancelled).toHaveBeenCalledOnce()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('is not asked for again between two connections', async () => {
    const controller = new AbortController()
    const first = streamed(['id: 1\nretry: 60000\ndata: 1\n\n'], { type })
    const { feed, requests } = connect([first])
    const { status, body } = await feed({ signal: controller.signal })
    if (status !== 200) throw new Error('no stream')
    const iterator = body[Symbol.asyncIterator]()
    await iterator.next()
    const waiting = iterator.next()
    await vi.advanceTimersByTimeAsync(1000)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await vi.runAllTimersAsync()
    expect(requests).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})
