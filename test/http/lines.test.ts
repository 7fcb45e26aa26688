import { anyone, defineOperation, fromRequest, lines } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, record, send } from './send.ts'
import { chunk, get, linesOf, readerOf, watch } from './streams.ts'

describe('lines', () => {
  it('are JSON values, each on its own', async () => {
    const values = [{ a: 'x\ny' }, null, 7n, new Date(0), [], '']
    const { headers, text } = await send(
      appOf(
        linesOf(async function* () {
          yield* values
        }),
      ),
      'GET /x',
    )
    expect(headers.get('content-type')).toBe('application/x-ndjson')
    expect(text.split('\n')).toEqual([
      '{"a":"x\\ny"}',
      'null',
      '"7"',
      '"1970-01-01T00:00:00.000Z"',
      '[]',
      '""',
      '',
    ])
  })

  it('may be none', async () => {
    const { status, text } = await send(appOf(linesOf(async function* () {})), 'GET /x')
    expect([status, text]).toEqual([200, ''])
  })

  it('are asked for only when the reader wants them', async () => {
    const source = watch((n) => n)
    const reader = readerOf(await appOf(linesOf(() => source)).fetch(get()))
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(source.asked()).toBe(0)
    expect(await chunk(reader)).toBe('1\n')
    expect(await chunk(reader)).toBe('2\n')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(source.asked()).toBe(2)
    await reader.cancel()
    expect(source.returned()).toBe(1)
  })

  it('break off loudly when their source fails', async () => {
    const { signals, logs, spans } = record()
    const failing = async function* () {
      yield 1
      throw new Error('database down')
    }
    const reader = readerOf(await appOf(linesOf(failing), { signals }).fetch(get()))
    expect(await chunk(reader)).toBe('1\n')
    const error = await reader.read().catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'stream_failed' })
    expect(String(error)).not.toContain('database')
    expect(logs).toMatchObject([{ level: 'error', error: { message: 'database down' } }])
    expect(spans).toHaveLength(1)
  })

  it('break off at what JSON has no word for', async () => {
    const { signals, logs } = record()
    const source = watch((n) => (n === 1 ? 'good' : () => 'bad'))
    const reader = readerOf(
      await appOf(
        linesOf(() => source),
        { signals },
      ).fetch(get()),
    )
    await chunk(reader)
    await expect(reader.read()).rejects.toMatchObject({ code: 'stream_failed' })
    expect([source.returned(), logs.length]).toEqual([1, 1])
  })

  it('outlast the time limit of their request', async () => {
    const operation = defineOperation()({
      method: 'GET',
      path: '/x',
      responses: { 200: lines(v.number()) },
      guard: anyone,
      timeout: 5,
      handler: async () => {
        return { status: 200, body: slow() }
      },
    })
    async function* slow() {
      for (let n = 0; n < 3; n++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        yield n
      }
    }
    expect((await send(appOf(operation), 'GET /x')).text).toBe('0\n1\n2\n')
  })
})

describe('a stream that nobody reads any more', () => {
  it('ends its source once when it is cancelled', async () => {
    const source = watch((n) => n)
    const response = await appOf(linesOf(() => source)).fetch(get())
    const reader = readerOf(response)
    await chunk(reader)
    await Promise.all([reader.cancel(), reader.cancel(), reader.cancel()])
    expect(source.returned()).toBe(1)
  })

  it('ends its source once when the client goes away', async () => {
    const client = new AbortController()
    const source = watch((n) => (n < 3 ? n : new Promise<never>(() => {})))
    const app = appOf(linesOf(() => source))
    const incoming = fromRequest(get({}, { signal: client.signal }))
    const { body } = await app.handle(incoming)
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    await chunk(reader)
    await chunk(reader)
    const pending = reader.read()
    client.abort()
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' })
    await source.ended
    await reader.cancel().catch(() => {})
    expect(source.returned()).toBe(1)
  })

  it('ends its source when the client had left before', async () => {
    const source = watch((n) => n)
    const app = appOf(linesOf(() => source))
    const client = new AbortController()
    const incoming = fromRequest(get({}, { signal: client.signal }))
    client.abort()
    const { body } = await app.handle(incoming)
    await source.ended
    await expect((body as ReadableStream<Uint8Array>).getReader().read()).rejects.toThrow()
    expect([source.asked(), source.returned()]).toEqual([0, 1])
  })

  it('aborts the signal that its source may wait for', async () => {
    const { promise: woken, resolve } = Promise.withResolvers<boolean>()
    const operation = defineOperation()({
      method: 'GET',
      path: '/x',
      responses: { 200: lines(v.number()) },
      guard: anyone,
      handler: (context) => ({
        status: 200,
        body: (async function* () {
          yield 1
          try {
            await new Promise((_, reject) => {
              context.signal.addEventListener('abort', () => reject(context.signal.reason))
            })
          } finally {
            resolve(context.aborted)
          }
        })(),
      }),
    })
    const reader = readerOf(await appOf(operation).fetch(get()))
    await chunk(reader)
    void reader.read().catch(() => {})
    await reader.cancel(new Error('enough'))
    expect(await woken).toBe(true)
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['never answers', () => new Promise(() => {})],
  ])('does not mind a source whose end %s', async (_, end) => {
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: 1 }),
        return: end as () => Promise<IteratorResult<number>>,
      }),
    }
    const reader = readerOf(await appOf(linesOf(() => source)).fetch(get()))
    await chunk(reader)
    await reader.cancel()
  })

  it('leaves nothing behind on a thousand requests', async () => {
    let open = 0
    const app = appOf(
      linesOf(async function* () {
        open += 1
        try {
          for (;;) yield 'x'.repeat(1_000)
        } finally {
          open -= 1
        }
      }),
    )
    const readers = await Promise.all(
      Array.from({ length: 1_000 }, async () => readerOf(await app.fetch(get()))),
    )
    await Promise.all(readers.map(chunk))
    expect(open).toBe(1_000)
    await Promise.all(readers.map((reader) => reader.cancel()))
    expect(open).toBe(0)
  })
})
