import fc from 'fast-check'
import { ClientError, type ClientOptions, client, unwrap } from 'plinth/client'
import { describe, expect, it, vi } from 'vitest'
import { json, problem, type Scripted, scriptedClient, streamed } from './client-script.ts'

const operations = {
  read: ['GET', '/thing', { answers: { 200: 'json', 409: 'json', 204: 'none' } }],
  page: ['GET', '/page', { answers: { 200: 'text' } }],
  rows: ['GET', '/rows', { answers: { 200: 'lines' } }],
  feed: ['GET', '/feed', { answers: { 200: 'events' } }],
  file: ['GET', '/file', { answers: { 200: 'download' } }],
} as const

function connect(script: readonly Scripted[], options: ClientOptions = {}) {
  return scriptedClient(operations, script, { retries: 0, ...options })
}

function html(status: number, text = '<h1>Hello</h1>'): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/html' } })
}

describe('an answer that is not what was declared', () => {
  const invalid = { status: 0, body: { status: 0, code: 'invalid_answer' } }

  it.each([
    ['a page in the place of JSON', html(200)],
    ['text in the place of JSON', new Response('{"a":1}')],
    [
      'half of some JSON',
      new Response('{"a"', { headers: { 'content-type': 'application/json' } }),
    ],
    ['nothing', new Response('', { headers: { 'content-type': 'application/json' } })],
    ['a status of its own', json({}, { status: 299 })],
    ['a redirect to nowhere', new Response(null, { status: 302 })],
  ])('is a result of its own: %s', async (_, response) => {
    expect(await connect([response]).api.read()).toMatchObject(invalid)
  })

  it('is one for streams as well', async () => {
    expect(await connect([html(200)]).api.rows()).toMatchObject(invalid)
    expect(await connect([html(200)]).api.feed()).toMatchObject(invalid)
  })

  it.each([
    ['a page', html(502), { code: 'unexpected_answer', detail: '<h1>Hello</h1>' }],
    [
      'nothing',
      new Response(null, { status: 502 }),
      { code: 'unexpected_answer', title: 'Status 502' },
    ],
    ['other JSON', json({ message: 'Forbidden' }, { status: 502 }), { code: 'unexpected_answer' }],
    ['a list', json([1], { status: 502 }), { detail: '[1]' }],
    ['null', json(null, { status: 502 }), { detail: 'null' }],
    ['wrong members', json({ code: 7, title: {} }, { status: 502 }), { title: 'Status 502' }],
    ['another status', json({ status: 200 }, { status: 502 }), { code: 'unexpected_answer' }],
    ['a problem', problem(502, 'gone'), { code: 'gone' }],
  ])('becomes a problem when it is a failure: %s', async (_, response, expected) => {
    const { status, body } = await connect([response]).api.read()
    expect({ status, body }).toMatchObject({ status: 502, body: { status: 502, ...expected } })
    const { title, code, type } = body as Record<string, unknown>
    expect([typeof title, typeof code, typeof type]).toEqual(['string', 'string', 'string'])
  })

  it('keeps what a declared failure says', async () => {
    const declared = json({ left: 3 }, { status: 409 })
    expect(await connect([declared]).api.read()).toMatchObject({ status: 409, body: { left: 3 } })
    expect(await connect([html(409)]).api.read()).toMatchObject({
      status: 409,
      body: { code: 'unexpected_answer' },
    })
  })

  it('is not read further than a problem could be long', async () => {
    let sent = 0
    const endless = () => {
      const piece = new TextEncoder().encode('x'.repeat(65_536))
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += piece.length
          controller.enqueue(piece)
        },
      })
      const headers = { 'content-type': 'application/problem+json' }
      return new Response(body, { status: 500, headers })
    }
    const { status, body } = await connect([endless]).api.read()
    expect({ status, body }).toMatchObject({ status: 500, body: { detail: 'x'.repeat(500) } })
    expect(sent).toBeLessThan(2_000_000)
  })

  it('breaks nothing, whatever it is', async () => {
    const types = ['application/json', 'text/event-stream', 'application/x-ndjson', 'text/html', '']
    const anything = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      text: fc.oneof(fc.string({ unit: 'binary' }), fc.json()),
      type: fc.constantFrom(...types),
      name: fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])),
      hints: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(anything, async ({ status, text, type, name, hints }) => {
        const empty = [204, 205, 304].includes(status)
        const response = new Response(empty ? null : text, {
          status,
          headers: { 'content-type': type },
        })
        const given = hints
          ? operations
          : { [name]: operations[name].slice(0, 2) as ['GET', string] }
        const { api } = scriptedClient({ ...operations, ...given }, [response], { retries: 0 })
        const answer = await api[name]()
        expect([0, status]).toContain(answer.status)
        if (answer.status === 200) return
        const { code } = (answer.body ?? { code: '' }) as { code: unknown }
        if (hints && answer.status !== 409) expect(typeof code).toBe('string')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a manifest', () => {
  it.each([
    ['a page', html(200)],
    ['a refusal', problem(404, 'not_found')],
    ['a list', json([])],
    ['routes of nothing', json({ read: ['GET'] })],
    ['routes of other things', json({ read: ['GET', 7] })],
    ['hints that are none', json({ read: ['GET', '/', 7] })],
  ])('that is none is told: %s', async (_, response) => {
    const fetch = async () => response.clone()
    const api = client('https://shop.example', { fetch, retries: 0 })
    const { read } = api as unknown as { read(): Promise<unknown> }
    expect(await read()).toMatchObject({
      status: 0,
      body: { code: 'no_routes', detail: expect.stringContaining('GET /operations.json') },
    })
  })

  it('has nothing that objects have by themselves', async () => {
    const { api } = connect([json({})])
    for (const name of ['toString', 'hasOwnProperty', '__proto__', 'valueOf']) {
      const { [name]: call } = api as unknown as Record<string, () => Promise<unknown>>
      await expect(call?.()).rejects.toMatchObject({ code: 'unknown_operation' })
    }
  })

  it('may know more than this client', async () => {
    const later = json({ read: ['GET', '/', { answers: { 200: 'json' }, later: 1 }, 'more'] })
    const replies = [later, json({ a: 1 })]
    const api = client('https://shop.example', { fetch: async () => replies.shift() ?? html(500) })
    const { read } = api as unknown as { read(): Promise<unknown> }
    expect(await read()).toMatchObject({ status: 200, body: { a: 1 } })
  })
})

describe('lines', () => {
  const type = 'application/x-ndjson'

  async function collect(response: () => Response) {
    const { status, body } = await connect([response]).api.rows()
    if (status !== 200) throw new Error(`answered ${status}`)
    const rows: unknown[] = []
    try {
      for await (const row of body as AsyncIterable<unknown>) rows.push(row)
    } catch (error) {
      return { rows, error }
    }
    return { rows }
  }

  it('are values, however they are cut', async () => {
    const text = '{"a":1}\n\n[2]\r\n"ü\\n👋"\n4'
    const bytes = new TextEncoder().encode(text)
    const rows = [{ a: 1 }, [2], 'ü\n👋', 4]
    expect(await collect(streamed([bytes], { type }))).toEqual({ rows })
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
    expect(await collect(streamed(single, { type }))).toEqual({ rows })
    expect(await collect(streamed([], { type }))).toEqual({ rows: [] })
  })

  it('tell when they broke off', async () => {
    expect(await collect(streamed(['1\n2\n3'], { type, end: false }))).toMatchObject({
      rows: [1, 2],
      error: { code: 'network' },
    })
    expect(await collect(streamed(['1\n{2\n3'], { type }))).toMatchObject({
      rows: [1],
      error: { code: 'invalid_answer' },
    })
  })

  it('are cancelled when they are left', async () => {
    const cancelled = vi.fn()
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('1\n')),
      cancel: cancelled,
    })
    const { api } = connect([() => new Response(body, { headers: { 'content-type': type } })])
    const answer = await api.rows()
    for await (const row of answer.body as AsyncIterable<unknown>) if (row === 1) break
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('of a megabyte take no longer than they are', async () => {
    const long = JSON.stringify('x'.repeat(1_000_000))
    const pieces = long.match(/.{1,100}/g) ?? []
    const { rows } = await collect(streamed([...pieces, '\n'], { type }))
    expect(rows).toEqual(['x'.repeat(1_000_000)])
  })
})

describe('a download', () => {
  it('is a stream', async () => {
    const bytes = Uint8Array.of(0, 255, 1)
    const { body } = await connect([streamed([bytes], { type: 'image/png' })]).api.file()
    expect(body).toBeInstanceOf(ReadableStream)
    expect(await new Response(body as ReadableStream).bytes()).toEqual(bytes)
  })
})

describe('unwrap', () => {
  const { read } = connect([json({ a: 1 })]).api

  it('gives the body of a success', async () => {
    expect(await unwrap(read())).toEqual({ a: 1 })
    expect(await unwrap(await read())).toEqual({ a: 1 })
    expect(await unwrap(connect([new Response(null, { status: 204 })]).api.read())).toBeUndefined()
  })

  it('throws every other result', async () => {
    const refused = unwrap(connect([problem(404, 'not_found')]).api.read())
    await expect(refused).rejects.toBeInstanceOf(ClientError)
    await expect(refused).rejects.toMatchObject({
      code: 'refused',
      status: 404,
      problem: { code: 'not_found' },
    })
    await expect(refused).rejects.toThrow('404 not_found')
    const lost = unwrap(connect([new TypeError('reset')]).api.read())
    await expect(lost).rejects.toMatchObject({ code: 'network', status: 0 })
  })
})

describe('a trace', () => {
  it('is the one that a function gives', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const asked: string[] = []
    const trace = (name: string) => {
      asked.push(name)
      return asked.length === 1 ? traceparent : undefined
    }
    const { api, requests } = connect([json({})], { trace })
    await api.read()
    await api.read()
    const sent = requests.map(({ headers }) => headers.get('traceparent'))
    expect(sent).toEqual([traceparent, null])
    expect(asked).toEqual(['read', 'read'])
  })

  it('is left alone unless it is asked for', async () => {
    const { api, requests } = connect([json({})])
    await api.read()
    expect(requests[0]?.headers.has('traceparent')).toBe(false)
  })
})
