import fc from 'fast-check'
import { type AppOptions, anyone, createApp, defineOperation } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ORIGIN, record, send } from './send.ts'

const define = defineOperation()

/** An app that redirects to wherever it is told: what a careless `?next=` makes. */
function leading(options: Partial<AppOptions> = {}) {
  const { signals, logs } = record()
  const statuses = { 301: null, 302: null, 303: null, 307: null, 308: null } as const
  const app = createApp({
    ...options,
    signals,
    operations: {
      go: define({
        method: 'GET',
        path: '/go',
        guard: anyone,
        query: v.object({ next: v.string(), status: v.optional(v.string(), '302') }),
        responses: statuses,
        handler: ({ query }) => ({
          status: Number(query.status) as 302,
          headers: { Location: query.next },
        }),
      }),
    },
  })
  const go = (next: string, status = 302) =>
    send(app, `GET /go?status=${status}&next=${encodeURIComponent(next)}`)
  return { go, logs }
}

const elsewhere = [
  'https://evil.example/',
  'http://shop.example/',
  'https://shop.example:8443/',
  'https://shop.example.evil.example/',
  'https://shop.example@evil.example/',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  'https:evil.example',
  'https:/evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'blob:https://evil.example/1',
  'https://[',
]

describe('a redirect', () => {
  it.each(['/there', 'there?a=1', '#part', '../up', `${ORIGIN}/there`, ''])(
    'leads to %j of its own origin',
    async (next) => {
      const { status, headers } = await leading().go(next)
      expect([status, headers.get('location')]).toEqual([302, next])
    },
  )

  it.each(elsewhere)('[ASVS 3.7.2] [ASVS 1.2.2] never leads to %j', async (next) => {
    const { go, logs } = leading({ redirects: ['https://pay.example'] })
    for (const status of [301, 302, 303, 307, 308]) {
      const answer = await go(next, status)
      expect([answer.status, answer.headers.has('location')]).toEqual([500, false])
    }
    expect(String(logs[0]?.error)).toContain('name its origin in redirects')
  })

  it('[ASVS 3.7.2] leads where a browser goes to no other origin, whatever it is told', async () => {
    const { go } = leading()
    const part = fc.constantFrom(
      '/',
      '\\',
      ':',
      '//',
      'https:',
      'evil.example',
      '@',
      '?',
      '#',
      '.',
      '\t',
      'a',
    )
    const next = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(next, async (sample) => {
        const { status, headers } = await go(sample)
        if (status !== 302) return
        const target = new URL(headers.get('location') ?? '', `${ORIGIN}/go`)
        expect(target.origin).toBe(ORIGIN)
      }),
      { numRuns: 500 },
    )
  })

  it('leads to the origins that are listed or trusted', async () => {
    const { go } = leading({
      redirects: ['https://pay.example'],
      trustedOrigins: ['https://admin.example'],
    })
    expect((await go('https://pay.example/now?a=1')).status).toBe(302)
    expect((await go('https://admin.example')).status).toBe(302)
    expect((await go('https://pay.example:444/now')).status).toBe(500)
  })

  it.each(['pay.example', 'https://pay.example/', '*', 'null'])(
    'cannot be allowed to %j',
    (text) => {
      expect(() => createApp({ operations: {}, redirects: [text] })).toThrow(
        /redirects: .*no.* origin/,
      )
    },
  )
})
