import { anyone, defineOperation, type InputOf } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { appOf, send } from './send.ts'

const define = defineOperation()

const operation = define({
  method: 'GET',
  path: '/theme',
  cookies: v.object({
    theme: v.optional(v.picklist(['dark', 'light']), 'light'),
    size: v.optional(v.pipe(v.string(), v.toNumber())),
  }),
  responses: { 200: v.looseObject({}) },
  guard: anyone,
  handler: ({ cookies }) => {
    expectTypeOf(cookies).toEqualTypeOf<{ theme: 'dark' | 'light'; size?: number | undefined }>()
    return { status: 200, body: { ...cookies } }
  },
})
const app = appOf(operation)
const ask = (cookie?: string) => send(app, 'GET /theme', { headers: cookie ? { cookie } : {} })

describe('the cookies of an operation', () => {
  it.each([
    [undefined, { theme: 'light' }],
    ['theme=dark', { theme: 'dark' }],
    ['other=1; theme=dark; __Host-session=x', { theme: 'dark' }],
    ['size=5', { theme: 'light', size: 5 }],
    ['other=1; other=2', { theme: 'light' }],
    ['Theme=dark', { theme: 'light' }],
  ])('of %j reach the handler', async (cookie, body) => {
    expect(await ask(cookie)).toMatchObject({ status: 200, body })
  })

  it.each([
    ['theme=blue', 'cookies.theme', 'Invalid type: Expected ("dark" | "light")'],
    ['theme=', 'cookies.theme', 'Invalid type: Expected ("dark" | "light")'],
    ['theme="dark"', 'cookies.theme', 'Invalid type: Expected ("dark" | "light")'],
    ['theme=%64ark', 'cookies.theme', 'Invalid type: Expected ("dark" | "light")'],
  ])('of %j are refused', async (cookie, path, message) => {
    const { status, body } = await ask(cookie)
    expect([status, body]).toMatchObject([422, { issues: [{ path, message }] }])
  })

  it.each(['theme=dark; theme=light', 'theme=dark;theme=dark', 'theme=dark; a=b; theme='])(
    '[ASVS 15.3.7] are refused when one comes twice: %s',
    async (cookie) => {
      const { status, body } = await ask(cookie)
      expect([status, body]).toMatchObject([400, { code: 'repeated_cookie' }])
    },
  )

  it('are no part of what a client sends', () => {
    const cookies = v.object({ theme: v.string() })
    const query = v.object({ q: v.string() })
    expectTypeOf<InputOf<{ cookies: typeof cookies; query: typeof query }>>().toEqualTypeOf<{
      query: { q: string }
    }>()
  })

  it('are misuse when no cookie can be called so', () => {
    const named = (name: string) =>
      define({
        method: 'GET',
        path: '/x',
        cookies: v.object({ [name]: v.optional(v.string()) }),
        responses: { 204: null },
        handler: () => ({ status: 204 }),
      })
    for (const name of ['a b', 'a=b', 'a;b', '', 'ä']) {
      expect(() => appOf(named(name))).toThrow(/no cookie can be called/)
    }
    const open = define({
      method: 'GET',
      path: '/x',
      cookies: v.record(v.string(), v.string()),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    expect(() => appOf(open)).toThrow(/cookies: is a "record" schema/)
  })
})
