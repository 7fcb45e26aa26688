import {
  anyone,
  content,
  defineOperation,
  download,
  events,
  lines,
  type Operation,
} from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { appOf, send } from './send.ts'

const define = defineOperation()
const base = { method: 'GET', path: '/x', guard: anyone } as const
const headers = { etag: '"v1"', 'x-own': '1' }

async function* items() {
  yield { data: 1 }
}

const operations: Record<string, Operation> = {
  JSON: define({
    ...base,
    responses: { 200: v.string() },
    handler: () => ({ status: 200, headers, body: 'text' }),
  }),
  text: define({
    ...base,
    responses: { 200: content('text/html') },
    handler: () => ({ status: 200, headers, body: 'ä' }),
  }),
  'long text': define({
    ...base,
    cache: { maxAge: 60 },
    responses: { 200: content('text/plain') },
    handler: () => ({ status: 200, headers, body: 'ä'.repeat(2_000) }),
  }),
  events: define({
    ...base,
    responses: { 200: events(v.number()) },
    handler: () => ({ status: 200, headers, body: items() }),
  }),
  lines: define({
    ...base,
    responses: { 200: lines(v.unknown()) },
    handler: () => ({ status: 200, headers, body: items() }),
  }),
  file: define({
    ...base,
    responses: { 200: download('text/plain') },
    handler: () => ({ status: 200, headers, body: new File(['text'], 'a.txt') }),
  }),
  nothing: define({
    ...base,
    responses: { 204: null },
    handler: () => ({ status: 204, headers }),
  }),
}

describe.each(Object.entries(operations))('HEAD of %s', (_, operation) => {
  it.each([{}, { 'accept-encoding': 'gzip' }, { 'if-none-match': '"v1"' }])(
    'has the headers of GET and no body: %o',
    async (asked) => {
      const app = appOf(operation)
      const get = await send(app, 'GET /x', { headers: asked as Record<string, string> })
      const head = await send(app, 'HEAD /x', { headers: asked as Record<string, string> })
      const told = Object.fromEntries(head.headers)
      // What a server writes by itself when there is a body.
      delete told['content-length']
      const { 'content-length': _length, ...expected } = Object.fromEntries(get.headers)
      expect([head.status, told, head.text]).toEqual([get.status, expected, ''])
    },
  )

  it('[ASVS 3.4.4] is safe by its headers', async () => {
    const { headers } = await send(appOf(operation), 'HEAD /x')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('strict-transport-security')).toContain('max-age=31536000')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })
})

it('answers of 204, 205, 304 have no body, whatever is declared', () => {
  for (const status of [204, 205, 304]) {
    const operation = define({
      ...base,
      responses: { [status]: v.string() },
      handler: () => ({ status, body: 'text' }) as never,
    })
    expect(() => appOf(operation)).toThrow('write null')
  }
})
