import { anyone, defineOperation, events, type ServerEvent } from 'plinth/http'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { appOf, record, send } from './send.ts'
import { chunk, eventsOf, get, readerOf, watch } from './streams.ts'

async function* of(...items: ServerEvent[]) {
  yield* items
}

describe('server-sent events', () => {
  it('are sent as the standard writes them', async () => {
    const app = appOf(
      eventsOf(() =>
        of(
          { data: { n: 1 } },
          { id: '7', event: 'note', retry: 500, data: 'two\r\nlines\n' },
          { id: '', data: null },
          { data: [new Date(0), 7n] },
        ),
      ),
    )
    const { status, headers, text } = await send(app, 'GET /x')
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(text).toBe(
      'data: {"n":1}\n\n' +
        'id: 7\nevent: note\nretry: 500\ndata: "two\\r\\nlines\\n"\n\n' +
        'id: \ndata: null\n\n' +
        'data: ["1970-01-01T00:00:00.000Z","7"]\n\n',
    )
  })

  it('are not stored, collected or changed on their way', async () => {
    const app = appOf(eventsOf(() => of({ data: 'x'.repeat(5_000) })))
    const { headers } = await send(app, 'GET /x', { headers: { 'accept-encoding': 'gzip' } })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-accel-buffering')).toBe('no')
    expect(headers.has('content-encoding')).toBe(false)
  })

  it.each<[string, unknown]>([
    ['a line feed in the id', { id: 'a\nb', data: 1 }],
    ['a carriage return in the id', { id: 'a\rb', data: 1 }],
    ['NUL in the id', { id: 'a\0', data: 1 }],
    ['an id that is no text', { id: 7, data: 1 }],
    ['a line feed in the type', { event: 'a\ndata: evil', data: 1 }],
    ['a carriage return in the type', { event: 'a\rdata: evil', data: 1 }],
    ['a type that is no text', { event: ['a\n'], data: 1 }],
    ['a fraction as retry', { retry: 1.5, data: 1 }],
    ['a negative retry', { retry: -1, data: 1 }],
    ['a retry with a line break', { retry: '1\ndata: evil', data: 1 }],
    ['no data', { id: '1' }],
    ['a function as data', { data: () => 1 }],
    ['nothing at all', undefined],
  ])('[family 7] [ASVS 1.2.1] break the stream before %s is sent', async (_, event) => {
    const { signals, logs } = record()
    const items = async function* () {
      yield { data: 'before' }
      yield event as ServerEvent
    }
    const response = await appOf(eventsOf(items), { signals }).fetch(get())
    const reader = readerOf(response)
    expect(await chunk(reader)).toBe('data: "before"\n\n')
    await expect(reader.read()).rejects.toMatchObject({ code: 'stream_failed' })
    expect(logs).toMatchObject([{ level: 'error', message: 'operation it (GET /x) failed' }])
  })

  it('[ASVS 1.2.1] [family 7] keep line breaks of every kind inside of the data', async () => {
    const breaks = '\n\r\r\n\u2028\u2029\u0085\v\f\0'
    const { text } = await send(appOf(eventsOf(() => of({ data: breaks }))), 'GET /x')
    const lines = text.split(/\r\n|\r|\n/)
    expect(lines).toHaveLength(3)
    expect(JSON.parse(lines[0]?.slice('data: '.length) ?? '')).toBe(breaks)
  })

  it('go on after the id that the client saw last', async () => {
    const operation = defineOperation()({
      method: 'GET',
      path: '/x',
      headers: v.object({ 'last-event-id': v.optional(v.string(), '0') }),
      responses: { 200: events(v.number()) },
      guard: anyone,
      handler: ({ headers }) => ({
        status: 200,
        body: (async function* () {
          for (let n = Number(headers['last-event-id']) + 1; n <= 3; n++) {
            yield { id: String(n), data: n }
          }
        })(),
      }),
    })
    const { text } = await send(appOf(operation), 'GET /x', { headers: { 'last-event-id': '2' } })
    expect(text).toBe('id: 3\ndata: 3\n\n')
  })

  it('are refused where a transaction would wait for the client', () => {
    const post = { method: 'POST', path: '/x', responses: { 200: events(v.number()) } } as const
    const handler = () => ({ status: 200, body: (async function* () {})() }) as const
    expect(() => appOf(defineOperation()({ ...post, handler }))).toThrow('transaction: false')
    appOf(defineOperation()({ ...post, transaction: false, handler }))
  })

  it('cannot be anything but an async iterable', async () => {
    const { signals, logs } = record()
    const app = appOf(
      eventsOf(() => [{ data: 1 }] as never),
      { signals },
    )
    expect((await send(app, 'GET /x')).status).toBe(500)
    expect(logs[0]?.error).toMatchObject({ code: 'misuse' })
  })

  it('are not begun for HEAD', async () => {
    const source = watch<ServerEvent>(() => ({ data: 1 }))
    const response = await appOf(eventsOf(() => source)).fetch(get({}, { method: 'HEAD' }))
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await source.ended
    expect([source.asked(), source.returned()]).toEqual([0, 1])
  })
})

describe('the heartbeat', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is a comment every 15 seconds without an event', async () => {
    const { promise, resolve } = Promise.withResolvers<ServerEvent>()
    const source = watch((n) => (n === 1 ? promise : undefined))
    const reader = readerOf(await appOf(eventsOf(() => source)).fetch(get()))
    const first = chunk(reader)
    vi.advanceTimersByTime(15_000)
    expect(await first).toBe(':\n\n')
    const second = chunk(reader)
    vi.advanceTimersByTime(15_000)
    expect(await second).toBe(':\n\n')
    const third = chunk(reader)
    resolve({ data: 1 })
    expect(await third).toBe('data: 1\n\n')
    expect(await chunk(reader)).toBeUndefined()
    expect([source.asked(), vi.getTimerCount()]).toEqual([2, 0])
  })

  it('does not pile up before a reader that is slow', async () => {
    const source = watch<ServerEvent>(() => new Promise<never>(() => {}))
    const reader = readerOf(await appOf(eventsOf(() => source)).fetch(get()))
    vi.advanceTimersByTime(3_600_000)
    expect(await chunk(reader)).toBe(':\n\n')
    let more = false
    void chunk(reader).then(() => {
      more = true
    })
    await Promise.resolve()
    expect(more).toBe(false)
  })

  it('ends with its stream', async () => {
    const source = watch<ServerEvent>(() => new Promise<never>(() => {}))
    const reader = readerOf(await appOf(eventsOf(() => source)).fetch(get()))
    expect(vi.getTimerCount()).toBe(1)
    await reader.cancel()
    expect([vi.getTimerCount(), source.returned()]).toEqual([0, 1])
  })
})
