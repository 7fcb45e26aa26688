import {
  type Around,
  anyone,
  createApp,
  defineOperation,
  fromRequest,
  type Principal,
  role,
  signedIn,
} from 'plinth/http'
import { PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, ORIGIN, record, send } from './send.ts'

const define = defineOperation()

const ada: Principal = {
  actor: { id: 'ada', roles: ['staff'] },
  credential: 'bearer',
  sessionId: 's1',
}

describe("a request's way", () => {
  it('passes each step in order', async () => {
    const steps: string[] = []
    const note = <T>(step: string, value: T): T => {
      steps.push(step)
      return value
    }
    const app = createApp({
      operations: {
        create: define({
          method: 'POST',
          path: '/notes',
          body: v.pipe(
            v.object({}),
            v.check(() => note('validate', true)),
          ),
          responses: { 204: null },
          guard: { ...signedIn, check: (...asked) => note('guard', signedIn.check(...asked)) },
          handler: () => note('handle', { status: 204 } as const),
        }),
      },
      authenticate: () => note('authenticate', ada),
      around: (_operation, _context, handler) => note('around', handler({})),
    })
    await send(app, 'POST /notes', { json: {} })
    expect(steps).toEqual(['authenticate', 'guard', 'validate', 'handle', 'around'])
  })

  it('ends at the guard before any of the input is read', async () => {
    let read = false
    const app = appOf(
      define({
        method: 'POST',
        path: '/notes',
        query: v.object({ q: v.string() }),
        body: v.object({}),
        responses: { 204: null },
        handler: () => ({ status: 204 }),
      }),
    )
    const incoming = fromRequest(new Request(`${ORIGIN}/notes`, { method: 'POST' }))
    const { status } = await app.handle(
      Object.assign(Object.create(incoming), {
        ...incoming,
        header: () => null,
        bytes: () => {
          read = true
          return new Uint8Array()
        },
      }),
    )
    expect([status, read]).toEqual([401, false])
  })

  it('gives the handler all that it was promised', async () => {
    const app = createApp({
      operations: {
        get: define({
          method: 'GET',
          path: '/notes/:id',
          params: v.object({ id: v.string() }),
          responses: { 200: v.looseObject({}) },
          handler: ({
            params,
            query,
            headers,
            body,
            actor,
            principal,
            incoming,
            signal,
            trace,
          }) => ({
            status: 200,
            body: {
              params,
              unread: [query, headers, body].every((part) => part === undefined),
              actor: actor.id,
              session: principal?.sessionId,
              method: incoming.method,
              aborted: signal.aborted,
              trace: trace === undefined,
            },
          }),
        }),
      },
      authenticate: async () => ada,
    })
    expect((await send(app, 'GET /notes/1')).body).toEqual({
      params: { id: '1' },
      unread: true,
      actor: 'ada',
      session: 's1',
      method: 'GET',
      aborted: false,
      trace: true,
    })
  })

  it.each<[string, Around]>([
    ['at once', (_operation, _context, handler) => handler({ db: 'rows' })],
    ['later', async (_operation, _context, handler) => handler({ db: 'rows' })],
    [
      'twice',
      async (_operation, _context, handler) => {
        await handler({ db: 'conflict' })
        return handler({ db: 'rows' })
      },
    ],
  ])('adds the services that are given %s', async (_, around) => {
    const app = appOf(
      defineOperation<{ db: string }>()({
        method: 'GET',
        path: '/x',
        responses: { 200: v.string() },
        guard: anyone,
        handler: async ({ db }) => ({ status: 200, body: db }),
      }),
      { around },
    )
    expect((await send(app, 'GET /x')).body).toBe('rows')
  })

  it('answers what the hook around it makes of the answer', async () => {
    const app = appOf(
      define({
        method: 'GET',
        path: '/x',
        responses: { 200: v.string(), 409: null },
        guard: anyone,
        handler: () => ({ status: 200, body: 'a' }),
      }),
      { around: async () => ({ status: 409 }) },
    )
    expect((await send(app, 'GET /x')).status).toBe(409)
  })

  it('closes once it is told to', async () => {
    let closed = 0
    const app = createApp({
      operations: {},
      onClose: async () => {
        closed += 1
      },
    })
    await app.close()
    expect(closed).toBe(1)
  })
})

describe('guards', () => {
  const app = (principal: Principal | null) =>
    createApp({
      operations: {
        anyone: respond('/anyone', anyone),
        signedIn: respond('/signed-in', undefined),
        staff: respond('/staff', role('staff', 'owner')),
        owner: respond('/owner', role('owner')),
      },
      authenticate: () => principal,
    })

  function respond(path: string, guard: typeof anyone | undefined) {
    return define({
      method: 'GET',
      path,
      responses: { 204: null },
      ...(guard && { guard }),
      handler: () => ({ status: 204 }),
    })
  }

  it.each([
    ['/anyone', 204, 204],
    ['/signed-in', 401, 204],
    ['/staff', 401, 204],
    ['/owner', 401, 403],
  ])('of %s answer nobody with %i and staff with %i', async (path, nobody, staff) => {
    expect((await send(app(null), `GET ${path}`)).status).toBe(nobody)
    expect((await send(app(ada), `GET ${path}`)).status).toBe(staff)
  })

  it('[ASVS 8.3.1] deny by default when nobody can be known', async () => {
    const lonely = createApp({ operations: { x: respond('/x', undefined) } })
    const { status, body } = await send(lonely, 'GET /x')
    expect([status, (body as { code: string }).code]).toEqual([401, 'unauthenticated'])
  })

  it('[ASVS 16.3.2] tell of denials as an event', async () => {
    const { signals, logs } = record()
    const watched = createApp({
      operations: { owner: respond('/owner', role('owner')) },
      authenticate: () => ada,
      signals,
    })
    await send(watched, 'GET /owner')
    expect(logs).toMatchObject([
      {
        level: 'warn',
        message: 'GET /owner denied',
        event: 'http.denied',
        attributes: { 'error.type': 'denied', 'plinth.user.id': 'ada' },
      },
    ])
  })

  it('[ASVS 16.5.3] stay shut when authentication fails', async () => {
    const { signals } = record()
    for (const authenticate of [
      () => {
        throw new Error('database down')
      },
      async () => {
        throw new Error('database down')
      },
      () => undefined as never,
    ]) {
      const broken = createApp({
        operations: { x: respond('/x', undefined) },
        authenticate,
        signals,
      })
      expect((await send(broken, 'GET /x')).status).toBeGreaterThanOrEqual(401)
    }
  })
})

describe('the time limit', () => {
  const forever = (timeout?: number) => {
    const seen: { signal?: AbortSignal } = {}
    const operation = define({
      method: 'GET',
      path: '/x',
      responses: { 200: v.string() },
      guard: anyone,
      ...(timeout !== undefined && { timeout }),
      handler: ({ signal }) => {
        seen.signal = signal
        return new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        })
      },
    })
    return { operation, seen }
  }

  it.each<[string, number | undefined, { timeout: number } | undefined]>([
    ['of the operation', 5, undefined],
    ['of the app', undefined, { timeout: 5 }],
  ])('%s ends a request with 503 and aborts its signal', async (_, timeout, limits) => {
    const { operation, seen } = forever(timeout)
    const { signals, spans, logs } = record()
    const app = appOf(operation, { signals, ...(limits && { limits }) })
    const { status, body } = await send(app, 'GET /x')
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'timeout', title: 'Service Unavailable' })
    expect(seen.signal?.reason).toMatchObject({ code: 'timeout' })
    expect(spans).toHaveLength(1)
    expect(logs).toHaveLength(1)
  })

  it('aborts the signal even of those who ask for it later', async () => {
    const asked = Promise.withResolvers<AbortSignal>()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const app = appOf(
      define({
        method: 'GET',
        path: '/x',
        responses: { 204: null },
        guard: anyone,
        timeout: 5,
        handler: async (context) => {
          await gate
          asked.resolve(context.signal)
          return { status: 204 }
        },
      }),
      { signals: record().signals },
    )
    expect((await send(app, 'GET /x')).status).toBe(503)
    open()
    expect((await asked.promise).aborted).toBe(true)
  })

  it('lets go of a stream that comes too late', async () => {
    const cancelled = Promise.withResolvers<void>()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const app = appOf(
      define({
        method: 'GET',
        path: '/x',
        responses: { 200: { kind: 'content', mediaType: 'text/plain' } },
        guard: anyone,
        timeout: 5,
        handler: async () => {
          await gate
          return {
            status: 200,
            body: new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() }),
          }
        },
      }),
      { signals: record().signals },
    )
    expect((await send(app, 'GET /x')).status).toBe(503)
    open()
    await cancelled.promise
  })

  it('counts the reading of the body', async () => {
    const app = appOf(
      define({
        method: 'POST',
        path: '/x',
        body: v.object({}),
        responses: { 204: null },
        guard: anyone,
        timeout: 5,
        handler: () => ({ status: 204 }),
      }),
      { signals: record().signals },
    )
    const headers = { 'content-type': 'application/json' }
    const init = { body: new ReadableStream(), headers, duplex: 'half' }
    expect((await send(app, 'POST /x', init)).status).toBe(503)
  })
})

describe('a client that goes away', () => {
  it('aborts the signal and is no error of the server', async () => {
    const { signals, logs, spans } = record()
    const client = new AbortController()
    const app = appOf(
      define({
        method: 'GET',
        path: '/x',
        responses: { 204: null },
        guard: anyone,
        handler: ({ signal }) =>
          new Promise<never>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
            client.abort()
          }),
      }),
      { signals },
    )
    const { status } = await app.handle(
      fromRequest(new Request(`${ORIGIN}/x`, { signal: client.signal })),
    )
    expect(status).toBe(499)
    expect(logs).toEqual([])
    expect(spans[0]?.error).toBeUndefined()
  })

  it('is known from the beginning when it left before', async () => {
    const app = appOf(
      define({
        method: 'GET',
        path: '/x',
        responses: { 200: v.boolean() },
        guard: anyone,
        handler: ({ signal }) => ({ status: 200, body: signal.aborted }),
      }),
    )
    const signal = AbortSignal.abort()
    const { body } = await app.handle(fromRequest(new Request(`${ORIGIN}/x`, { signal })))
    expect(body).toBe('true')
  })
})

describe('the trace of a request', () => {
  const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const operation = define({
    method: 'GET',
    path: '/notes/:id',
    params: v.object({ id: v.string() }),
    responses: { 200: v.looseObject({}) },
    guard: anyone,
    handler: ({ trace, log, params }) => {
      log({ level: 'info', message: `note ${params.id}` })
      if (params.id === 'fail') throw new TypeError('broken')
      if (params.id === 'gone') throw new PlinthError('gone', 'Gone.', { status: 410 })
      return { status: 200, body: { ...trace } }
    },
  })

  it('goes on from the caller to the answer and the log', async () => {
    const { signals, spans, logs } = record()
    const { headers, body } = await send(appOf(operation, { signals }), 'GET /notes/7', {
      headers: { traceparent: parent, tracestate: 'a=1,b=2', 'user-agent': 'test/1' },
    })
    const [span] = spans
    expect(span).toMatchObject({
      name: 'GET /notes/{id}',
      kind: 'server',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      sampled: true,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/notes/{id}',
        'http.response.status_code': 200,
        'url.path': '/notes/7',
        'url.scheme': 'https',
        'server.address': 'shop.example',
        'server.port': 443,
        'user_agent.original': 'test/1',
      },
    })
    expect(span?.spanId).not.toBe(span?.parentSpanId)
    expect(body).toMatchObject({ traceId: span?.traceId, spanId: span?.spanId, state: 'a=1,b=2' })
    expect(headers.get('traceparent')).toBe(`00-${span?.traceId}-${span?.spanId}-01`)
    expect(logs[0]).toMatchObject({ message: 'note 7', trace: { traceId: span?.traceId } })
  })

  it.each([
    [null, false],
    [parent, true],
    [parent.replace(/01$/, '00'), true],
    [parent.replace(/01$/, 'ff'), true],
    [parent.replace(/^00/, '01'), true],
    [`${parent.replace(/^00/, 'cc')}-what-the-future-will-be`, true],
    [`${parent.replace(/^00/, 'cc')}.what`, false],
    [`${parent}-extra`, false],
    [parent.replace(/^00/, 'ff'), false],
    [parent.toUpperCase(), false],
    [parent.replace('0af7', '0ag7'), false],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, false],
    [`00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`, false],
    [parent.slice(0, -1), false],
    [parent.replaceAll('-', '_'), false],
    [`${parent}, ${parent}`, false],
    ['', false],
  ])('takes up %j: %s', async (traceparent, known) => {
    const { signals, spans } = record()
    const headers: Record<string, string> = traceparent === null ? {} : { traceparent }
    await send(appOf(operation, { signals }), 'GET /notes/1', { headers })
    expect(spans[0]?.traceId === '0af7651916cd43dd8448eb211c80319c').toBe(known)
    expect(spans[0]?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(spans[0]?.parentSpanId).toBe(known ? 'b7ad6b7169203331' : undefined)
    if (known) expect(spans[0]?.sampled).toBe(!traceparent?.endsWith('00'))
  })

  it('marks failures of the server as errors, refusals not', async () => {
    const { signals, spans } = record()
    const app = appOf(operation, { signals })
    await send(app, 'GET /notes/fail')
    await send(app, 'GET /notes/gone')
    await send(app, 'GET /nothing')
    await send(app, 'BREW /notes/1')
    expect(spans[0]?.error).toBeInstanceOf(TypeError)
    expect(spans[0]?.attributes).toMatchObject({
      'error.type': 'TypeError',
      'http.response.status_code': 500,
    })
    expect(spans[1]?.error).toBeUndefined()
    expect(spans[1]?.attributes['error.type']).toBeUndefined()
    expect(spans[1]?.attributes['http.response.status_code']).toBe(410)
    expect(spans[2]).toMatchObject({ name: 'GET' })
    expect(spans[2]?.attributes['http.route']).toBeUndefined()
    expect(spans[3]).toMatchObject({
      name: 'HTTP',
      attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'BREW' },
    })
  })

  it.each([
    ['http://localhost:3000', 'http', 'localhost', 3000],
    ['http://shop.example', 'http', 'shop.example', 80],
    ['https://[2001:db8::1]:8443', 'https', '[2001:db8::1]', 8443],
    ['https://[2001:db8::1]', 'https', '[2001:db8::1]', 443],
  ])('names the server of %s', async (origin, scheme, address, port) => {
    const { signals, spans } = record()
    const app = appOf(operation, { signals })
    for (const client of [{ origin }, { origin: 'http://other.example' }, { origin }]) {
      await app.handle(fromRequest(new Request(`${ORIGIN}/notes/1`), client))
    }
    for (const span of [spans[0], spans[2]]) {
      expect(span?.attributes).toMatchObject({
        'url.scheme': scheme,
        'server.address': address,
        'server.port': port,
      })
    }
  })

  it('is not made when nobody listens', async () => {
    const { headers, body } = await send(appOf(operation), 'GET /notes/1', {
      headers: { traceparent: parent },
    })
    expect(headers.has('traceparent')).toBe(false)
    expect(body).toEqual({})
  })

  it('is not read from a state that is too long', async () => {
    const { signals } = record()
    const { body } = await send(appOf(operation, { signals }), 'GET /notes/1', {
      headers: { traceparent: parent, tracestate: 'a=1,'.repeat(200) },
    })
    expect(body).not.toHaveProperty('state')
  })
})
