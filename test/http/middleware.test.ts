import {
  anyone,
  type Context,
  createApp,
  defineOperation,
  type Middleware,
  type Next,
  type Operation,
} from 'plinth/http'
import { PlinthError } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { appOf, record, send } from './send.ts'

const define = defineOperation()

/** An operation within this middleware; `run` is its handler. */
function within(
  middleware: readonly Middleware[],
  run: (context: Context) => unknown = () => ({ status: 200, body: 'done' }),
): Operation {
  return {
    kind: 'operation',
    spec: {
      method: 'POST',
      path: '/x',
      guard: anyone,
      responses: { 200: v.string(), 202: null, 409: v.string() },
      middleware,
      timeout: 200,
    },
    handler: run as Operation['handler'],
  }
}

/** The answer to one request, and the errors that the server logged. */
async function run(operation: Operation) {
  const { signals, logs } = record()
  const answer = await send(appOf(operation, { signals }), 'POST /x')
  return { ...answer, errors: logs.map(({ error }) => String(error)) }
}

describe('middleware', () => {
  it('stands around the handler, outermost first', async () => {
    const steps: string[] = []
    const step =
      (name: string): Middleware =>
      async (_context, next) => {
        steps.push(`${name} in`)
        const answer = await next()
        steps.push(`${name} out`)
        return answer
      }
    const operation = defineOperation().with(step('a')).with(step('b'))({
      method: 'GET',
      path: '/x',
      guard: anyone,
      middleware: [step('c')],
      responses: { 204: null },
      handler: () => {
        steps.push('handler')
        return { status: 204 }
      },
    })
    const app = createApp({
      operations: { operation },
      around: async (_operation, _context, handler) => {
        steps.push('begin')
        const answer = await handler({})
        steps.push('commit')
        return answer
      },
    })
    expect((await send(app, 'GET /x')).status).toBe(204)
    expect(steps.join(', ')).toBe('a in, b in, c in, begin, handler, commit, c out, b out, a out')
  })

  it('runs after guard and validation', async () => {
    let ran = 0
    const counted = define.with((_context, next) => {
      ran++
      return next()
    })
    const app = createApp({
      operations: {
        guarded: counted({
          method: 'GET',
          path: '/guarded',
          responses: { 204: null },
          handler: () => ({ status: 204 }),
        }),
        read: counted({
          method: 'GET',
          path: '/read',
          guard: anyone,
          query: v.object({ a: v.string() }),
          responses: { 204: null },
          handler: ({ query }) => (query.a ? { status: 204 } : { status: 204 }),
        }),
      },
    })
    expect((await send(app, 'GET /guarded')).status).toBe(401)
    expect((await send(app, 'GET /read')).status).toBe(422)
    expect(ran).toBe(0)
    expect((await send(app, 'GET /read?a=1')).status).toBe(204)
    expect(ran).toBe(1)
  })

  it('gives the handler what it passed on, with its type', async () => {
    const operation = define
      .with(async ({ incoming }, next) => next({ tenant: incoming.header('x-tenant') ?? 'none' }))
      .with(async ({ tenant }, next) => {
        expectTypeOf(tenant).toEqualTypeOf<string>()
        const answer = await next({ limit: tenant.length })
        return { ...answer, headers: { ...answer.headers, 'x-limit': String(tenant.length) } }
      })({
      method: 'GET',
      path: '/x',
      guard: anyone,
      responses: { 200: v.object({ tenant: v.string(), limit: v.number() }) },
      handler: ({ tenant, limit }) => {
        expectTypeOf(tenant).toEqualTypeOf<string>()
        expectTypeOf(limit).toEqualTypeOf<number>()
        return { status: 200, body: { tenant, limit } }
      },
    })
    const { body, headers } = await send(appOf(operation), 'GET /x', {
      headers: { 'x-tenant': 'acme' },
    })
    expect(body).toEqual({ tenant: 'acme', limit: 4 })
    expect(headers.get('x-limit')).toBe('4')
  })

  it('promises the handler no more than it passed on', () => {
    const operation = define.with((_context, next) => next({ tenant: 'a' }))
    const base = { method: 'GET', path: '/x', responses: { 204: null } } as const
    operation({
      ...base,
      handler: (context) => {
        expectTypeOf(context.tenant).toEqualTypeOf<string>()
        // @ts-expect-error: nobody passed it on.
        void context.limit
        return { status: 204 }
      },
    })
    // @ts-expect-error: 205 is not declared.
    operation({ ...base, handler: () => ({ status: 205 }) })
    // @ts-expect-error: a middleware answers.
    define.with(() => 'no answer')
    // @ts-expect-error: the middleware outside of it adds no such thing.
    define.with(({ tenant }, next) => next({ tenant }))
  })

  it('may need what those outside of it passed on', async () => {
    const greet: Middleware<{ greeting: string }, { tenant: string }> = ({ tenant }, next) =>
      next({ greeting: `Hello, ${tenant}` })
    const operation = define.with((_context, next) => next({ tenant: 'acme' })).with(greet)({
      method: 'GET',
      path: '/x',
      guard: anyone,
      responses: { 200: v.string() },
      handler: ({ greeting }) => ({ status: 200, body: greeting }),
    })
    expect((await send(appOf(operation), 'GET /x')).body).toBe('Hello, acme')
    // @ts-expect-error: nothing outside of it adds a tenant.
    define.with(greet)
  })

  it('keeps what it passed on from the next request', async () => {
    const seen: unknown[] = []
    const first: Middleware = (context, next) => {
      seen.push('only' in context)
      return next(seen.length === 1 ? { only: 1 } : {})
    }
    const app = appOf(within([first]))
    await send(app, 'POST /x')
    await send(app, 'POST /x')
    expect(seen).toEqual([false, false])
  })

  it('may change the headers of an answer', async () => {
    const marked: Middleware = async (_context, next) => {
      const answer = await next()
      return { ...answer, headers: { ...answer.headers, 'x-mark': 'a' } }
    }
    const { status, text, headers } = await run(within([marked]))
    expect([status, text, headers.get('x-mark')]).toEqual([200, '"done"', 'a'])
  })

  it('may answer by itself what is declared', async () => {
    let handled = false
    const operation = within([() => ({ status: 409, body: 'busy' })], () => {
      handled = true
      return { status: 202 }
    })
    const { status, body } = await run(operation)
    expect([status, body, handled]).toEqual([409, 'busy', false])
  })

  it('may refuse by throwing, before and after the handler', async () => {
    const refusal = new PlinthError('closed', 'We are closed.', { status: 423 })
    const before: Middleware = () => {
      throw refusal
    }
    const after: Middleware = async (_context, next) => {
      await next()
      throw refusal
    }
    for (const middleware of [before, after]) {
      const { status, body } = await run(within([middleware]))
      expect([status, body]).toEqual([423, expect.objectContaining({ code: 'closed' })])
    }
  })

  it('lets errors pass through, and may answer in their stead', async () => {
    const through: Middleware = (_context, next) => next()
    const caught: Middleware = async (_context, next) => {
      try {
        return await next()
      } catch (error) {
        return { status: 409, body: (error as Error).message }
      }
    }
    const failing = () => {
      throw new PlinthError('sold_out', 'None are left.', { status: 410 })
    }
    expect((await run(within([through, through], failing))).status).toBe(410)
    expect((await run(within([caught, through], failing))).body).toBe('None are left.')
  })

  it.each<[string, Middleware, string]>([
    [
      'answer what is not declared',
      () => ({ status: 418 }) as never,
      'answered 418, which it does',
    ],
    ['answer nothing', (() => undefined) as never, 'answered undefined, which it does'],
    [
      'lose the answer',
      (async (_context: Context, next: Next) => {
        await next()
      }) as never,
      'middleware 1: did not return the answer of next',
    ],
    [
      'change the status',
      async (_context, next) => ({ ...(await next()), status: 202 }),
      'middleware 1: did not return the answer of next',
    ],
    [
      'change the body',
      async (_context, next) => ({ ...(await next()), body: 'other' }),
      'middleware 1: did not return the answer of next',
    ],
    [
      'answer by itself while the handler is at work',
      async (_context, next) => {
        void next()
        return { status: 202 } as never
      },
      'middleware 1: did not return the answer of next',
    ],
    [
      'call next twice',
      async (_context, next) => {
        await next()
        return next()
      },
      'middleware 1: called next twice',
    ],
    ['say who is calling', (_context, next) => next({ actor: {} }), 'adds "actor", which the'],
    ['say what was sent', (_context, next) => next({ body: {} }), 'adds "body", which the'],
    ['replace the signal', (_context, next) => next({ signal: 1 }), 'adds "signal", which the'],
    [
      'poison the context',
      (_context, next) => next(JSON.parse('{"__proto__":{}}')),
      'adds "__proto__", which the',
    ],
  ])('cannot %s', async (_, middleware, message) => {
    const { status, errors } = await run(within([middleware]))
    expect(status).toBe(500)
    expect(errors[0]).toContain(message)
  })

  it('cannot add what another has added', async () => {
    const adding: Middleware = (_context, next) => next({ tenant: 'a' })
    const { status, errors } = await run(within([adding, adding]))
    expect(status).toBe(500)
    expect(errors[0]).toContain('middleware 2: adds "tenant"')
  })

  it('runs no handler after it has answered', async () => {
    let handled = false
    const late: { call?: () => Promise<unknown> } = {}
    const operation = within(
      [
        (_context, next) => {
          late.call = next
          return { status: 202 } as never
        },
      ],
      () => {
        handled = true
        return { status: 202 }
      },
    )
    expect((await run(operation)).status).toBe(202)
    await expect(late.call?.()).rejects.toThrow('called next after it had answered')
    expect(handled).toBe(false)
  })

  it('runs no handler after the time limit', async () => {
    let handled = false
    const ended = Promise.withResolvers<void>()
    const waiting: Middleware = async ({ signal }, next) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      try {
        return await next()
      } finally {
        ended.resolve()
      }
    }
    const operation = within([waiting], () => {
      handled = true
      return { status: 202 }
    })
    const { status, body } = await run(operation)
    expect([status, body]).toEqual([503, expect.objectContaining({ code: 'timeout' })])
    await ended.promise
    expect(handled).toBe(false)
  })

  it('waits for a handler that it left alone', async () => {
    const order: string[] = []
    const hasty: Middleware = (_context, next) => {
      void next()
      throw new PlinthError('hasty', 'Too hasty.', { status: 400 })
    }
    const operation = within([hasty], async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push('handled')
      throw new Error('nobody hears of it')
    })
    const { status } = await run(operation)
    order.push('answered')
    expect([status, order]).toEqual([400, ['handled', 'answered']])
  })

  it.each([
    ['a function', () => ({ status: 202 })],
    ['a list of something else', ['audit']],
    ['nothing', null],
  ])('is refused when it is %s', (_, middleware) => {
    expect(() => appOf(within(middleware as never))).toThrow('middleware is no list of functions')
  })
})
