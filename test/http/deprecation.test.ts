import {
  anyone,
  branch,
  createApp,
  type Deprecation,
  defineOperation,
  type Operation,
} from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, record, send } from './send.ts'

function old(deprecated: boolean | Deprecation, spec: Partial<Operation['spec']> = {}): Operation {
  const operation = defineOperation()({
    method: 'GET',
    path: '/old',
    guard: anyone,
    query: v.object({ fail: v.optional(v.string()) }),
    responses: { 204: null },
    handler: ({ query }) => {
      if (query.fail !== undefined) throw new Error('secret')
      return { status: 204, headers: { link: '</new>; rel="next"' } }
    },
  })
  return { ...operation, spec: { ...operation.spec, deprecated, ...spec } }
}

const dates = { since: '2026-01-01', sunset: '2027-06-30T12:00:00Z', link: 'https://a.example/v2' }

describe('a deprecated operation', () => {
  it('tells since when, until when and what to read', async () => {
    const { headers } = await send(appOf(old(dates)), 'GET /old')
    expect(headers.get('deprecation')).toBe('@1767225600')
    expect(headers.get('sunset')).toBe('Wed, 30 Jun 2027 12:00:00 GMT')
    expect(headers.get('link')).toBe(
      '</new>; rel="next", <https://a.example/v2>; rel="deprecation", ' +
        '<https://a.example/v2>; rel="sunset"',
    )
  })

  it.each([
    ['GET /old?fail=1', 500, {}],
    ['GET /old?other=1', 422, {}],
    ['GET /old', 401, { guard: undefined }],
    ['POST /old', 403, { method: 'POST', query: undefined }],
  ] as const)('tells it on %s, which is %i', async (line, status, spec) => {
    const { guard: _, ...operation } = old(dates).spec
    const app = appOf(
      {
        ...old(dates),
        spec: ('guard' in spec
          ? operation
          : { ...operation, guard: anyone, ...spec }) as Operation['spec'],
      },
      { signals: record().signals },
    )
    const answer = await send(app, line, { headers: { origin: 'https://evil.example' } })
    expect([answer.status, answer.headers.get('deprecation')]).toEqual([status, '@1767225600'])
    expect(answer.headers.get('sunset')).toBe('Wed, 30 Jun 2027 12:00:00 GMT')
  })

  it('tells no date where there is none', async () => {
    for (const deprecated of [true, false]) {
      const { headers } = await send(appOf(old(deprecated)), 'GET /old')
      expect(headers.get('deprecation')).toBeNull()
    }
    const { headers } = await send(appOf(old({ since: new Date(0) })), 'GET /old')
    expect([headers.get('deprecation'), headers.get('sunset')]).toEqual(['@0', null])
  })

  it('is answered after its sunset', async () => {
    const app = appOf(old({ since: '2020-01-01', sunset: '2020-01-01' }))
    expect((await send(app, 'GET /old')).status).toBe(204)
  })

  it('stands beside one that is not', async () => {
    const hello = old(false)
    const { deprecated: _, ...spec } = hello.spec
    const tree = { hello: { ...hello, spec } }
    const app = createApp({
      operations: {
        v1: branch({ path: '/v1', deprecated: dates }, tree),
        v2: branch({ path: '/v2' }, tree),
      },
    })
    expect((await send(app, 'GET /v1/old')).headers.get('deprecation')).toBe('@1767225600')
    expect((await send(app, 'GET /v2/old')).headers.get('deprecation')).toBeNull()
  })

  it.each<[string, unknown, string]>([
    ['no date', {}, 'deprecated.since: is undefined; expected a date'],
    ['a day that there is not', { since: '2026-02-30' }, 'is 2026-02-30; expected a date'],
    ['a month that there is not', { since: '2026-13-01' }, 'is 2026-13-01; expected a date'],
    ['a time without a zone', { since: '2026-01-01T00:00:00' }, 'expected a date'],
    ['words', { since: 'soon' }, 'is soon; expected a date'],
    ['a date that is none', { since: new Date(Number.NaN) }, 'expected a date'],
    ['a sunset before it', { since: '2026-01-01', sunset: '2025-12-31' }, 'the sunset is before'],
    ['a sunset in words', { since: '2026-01-01', sunset: 'never' }, 'deprecated.sunset: is never'],
    ['a link of another scheme', { since: '2026-01-01', link: 'javascript:x' }, 'deprecated.link'],
    ['a link that ends early', { since: '2026-01-01', link: '/a>; rel=x' }, 'deprecated.link'],
    ['a link of two lines', { since: '2026-01-01', link: '/a\r\nx: y' }, 'deprecated.link'],
    ['a misspelt key', { since: '2026-01-01', until: 'x' }, 'option "until" is unknown'],
    ['nothing', null, 'expected an object of options, got null'],
  ])('is refused with %s', (_, deprecated, message) => {
    expect(() => appOf(old(deprecated as never))).toThrow(message)
  })
})
