import { anyone, defineOperation, toProblem } from 'plinth/http'
import { misuse, PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { appOf, record, send } from './send.ts'

const define = defineOperation()

function throwing(error: unknown) {
  return define({
    method: 'GET',
    path: '/x',
    responses: { 204: null },
    guard: anyone,
    handler: () => {
      throw error
    },
  })
}

const internal = {
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  detail: 'The server could not answer this request.',
  code: 'internal_error',
}

describe('a problem document', () => {
  it('shows the code, message and details of a refusal', async () => {
    const error = new PlinthError('sold_out', 'Only 3 are left.', {
      status: 409,
      details: { left: 3, status: 200, code: 'other' },
      headers: { 'Retry-After': '5' },
      cause: new Error('secret'),
    })
    const { signals, logs, spans } = record()
    const { status, headers, body, text } = await send(
      appOf(throwing(error), { signals }),
      'GET /x',
    )
    expect(status).toBe(409)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('retry-after')).toBe('5')
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'Only 3 are left.',
      code: 'sold_out',
      left: 3,
    })
    expect(text).not.toContain('secret')
    expect(logs).toEqual([])
    expect(spans[0]?.error).toBeUndefined()
  })

  it('shows the message of a service that is busy', async () => {
    const error = new PlinthError('busy', 'Try again soon.', { status: 503 })
    const { body } = await send(appOf(throwing(error), { signals: record().signals }), 'GET /x')
    expect(body).toMatchObject({ status: 503, code: 'busy', detail: 'Try again soon.' })
  })

  it.each<[string, unknown]>([
    ['an error', new Error('secret')],
    ['an error of 500', new PlinthError('secret', 'secret', { details: { secret: 'secret' } })],
    ['an error of 502', new PlinthError('secret', 'secret', { status: 502 })],
    ['misuse', misuse('secret', 'secret')],
    ['a status that is no failure', new PlinthError('secret', 'secret', { status: 200 })],
    ['a status that is none', new PlinthError('secret', 'secret', { status: Number.NaN })],
    ['a status beyond', new PlinthError('secret', 'secret', { status: 999 })],
    ['a failed parse of the handler', parsed(7)],
    ['a look-alike', { status: 404, code: 'secret', message: 'secret', details: {} }],
    ['text', 'secret'],
    ['nothing', undefined],
    ['null', null],
    ['a cycle', cyclic()],
    [
      'details that cannot be written',
      new PlinthError('a', 'a', { status: 409, details: cyclic() }),
    ],
  ])('[ASVS 16.3.4] [ASVS 16.5.1] [ASVS 16.5.4] tells nothing of %s', async (_, error) => {
    const { signals, logs, spans } = record()
    const { status, body } = await send(appOf(throwing(error), { signals }), 'GET /x')
    expect([status, body]).toEqual([500, internal])
    expect(logs).toHaveLength(1)
    expect(logs[0]).toMatchObject({ level: 'error', message: 'GET /x failed' })
    expect(logs[0]?.trace?.traceId).toBe(spans[0]?.traceId)
    expect(spans[0]).toMatchObject({ attributes: { 'http.response.status_code': 500 } })
  })

  it('writes big integers in details as text', async () => {
    const error = new PlinthError('a', 'a', { status: 409, details: { left: 2n ** 64n } })
    const { body } = await send(appOf(throwing(error), { signals: record().signals }), 'GET /x')
    expect(body).toMatchObject({ left: '18446744073709551616' })
  })

  it('does not depend on anything hidden', async () => {
    const app = appOf(
      define({
        method: 'GET',
        path: '/rows/:id',
        params: v.object({ id: v.string() }),
        responses: { 204: null },
        guard: anyone,
        handler: () => {
          throw new PlinthError('not_found', 'Not found.', { status: 404 })
        },
      }),
    )
    const one = await send(app, 'GET /rows/1')
    const other = await send(app, 'GET /rows/foreign')
    expect(one.text).toBe(other.text)
    expect([...one.headers]).toEqual([...other.headers])
  })

  it('can be made by hand', () => {
    expect(toProblem(new PlinthError('gone', 'Gone.', { status: 410 }))).toEqual({
      type: 'about:blank',
      title: 'Gone',
      status: 410,
      detail: 'Gone.',
      code: 'gone',
    })
    expect(toProblem(new Error('secret'))).toEqual(internal)
  })
})

describe('an error of the server', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('is written to the console when nobody listens to the log', async () => {
    const write = vi.spyOn(console, 'error').mockImplementation(() => {})
    const error = new Error('nobody would hear of it')
    await send(appOf(throwing(error)), 'GET /x')
    expect(write).toHaveBeenCalledWith('GET /x failed', error)
  })

  it.each([
    ['an undeclared status', { status: 418 }],
    ['no body', { status: 200 }],
    ['a body that is no JSON', { status: 200, body: () => {} }],
    ['nothing', undefined],
    ['null', null],
    ['a cycle', { status: 200, body: cyclic() }],
    ['a number for text', { status: 201, body: 7 }],
    ['no text', { status: 201 }],
  ])('is an answer of %s', async (_, answer) => {
    const { signals, logs } = record()
    const app = appOf(
      {
        kind: 'operation',
        spec: {
          method: 'GET',
          path: '/x',
          guard: anyone,
          responses: { 200: v.any(), 201: { kind: 'content', mediaType: 'text/plain' } },
        },
        handler: () => answer as never,
      },
      { signals },
    )
    expect((await send(app, 'GET /x')).body).toEqual(internal)
    expect(logs).toHaveLength(1)
  })

  it('is a guard that answers later', async () => {
    const { signals, logs } = record()
    const later = {
      name: 'later',
      authenticated: true,
      check: () => Promise.reject(new Error('denied')) as never,
    }
    const operation = { ...throwing(0), handler: () => ({ status: 204 }) as const }
    const app = appOf({ ...operation, spec: { ...operation.spec, guard: later } }, { signals })
    expect((await send(app, 'GET /x')).body).toEqual(internal)
    expect(logs[0]?.error).toMatchObject({ code: 'misuse' })
  })
})

describe('an answer', () => {
  it('writes dates as ISO 8601 and big integers as text', async () => {
    const app = appOf(
      define({
        method: 'GET',
        path: '/x',
        responses: { 200: v.object({ at: v.date(), count: v.bigint() }) },
        guard: anyone,
        handler: () => ({ status: 200, body: { at: new Date(0), count: 2n ** 64n } }),
      }),
    )
    expect((await send(app, 'GET /x')).body).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      count: '18446744073709551616',
    })
  })

  it.each([
    ['text', 'hello'],
    ['bytes', new TextEncoder().encode('hello')],
    ['a stream', new Blob(['hello']).stream()],
  ])('passes %s through', async (_, body) => {
    const app = appOf(
      define({
        method: 'GET',
        path: '/x',
        responses: { 200: { kind: 'content', mediaType: 'text/plain; charset=utf-8' } },
        guard: anyone,
        handler: () => ({ status: 200, body }),
      }),
    )
    const { text, headers } = await send(app, 'GET /x')
    expect([text, headers.get('content-type')]).toEqual(['hello', 'text/plain; charset=utf-8'])
  })

  it('to HEAD lets go of its stream', async () => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true
      },
    })
    const app = appOf(
      define({
        method: 'GET',
        path: '/x',
        responses: { 200: { kind: 'content', mediaType: 'text/plain' } },
        guard: anyone,
        handler: () => ({ status: 200, body }),
      }),
    )
    expect((await send(app, 'HEAD /x')).text).toBe('')
    expect(cancelled).toBe(true)
  })
})

function parsed(value: unknown): unknown {
  try {
    return v.parse(v.string('secret'), value)
  } catch (error) {
    return error
  }
}

function cyclic(): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}
