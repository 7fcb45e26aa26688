import fc from 'fast-check'
import { anyone, defineOperation, download } from 'plinth/http'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { appOf, send } from './send.ts'

const tag = fc
  .tuple(
    fc.boolean(),
    fc.string({ unit: fc.constantFrom(...'abAB,;= *'.replace(' ', '')), maxLength: 3 }),
  )
  .map(([weak, opaque]) => `${weak ? 'W/' : ''}"${opaque}"`)
const opaqueOf = (given: string) => given.replace(/^W\//, '')

const tagged = (etag: string) =>
  appOf(
    defineOperation()({
      method: 'GET',
      path: '/x',
      responses: { 200: v.string() },
      guard: anyone,
      handler: () => ({ status: 200, headers: { etag }, body: 'text' }),
    }),
  )

it('a list of tags knows exactly those that are in it', async () => {
  const list = fc.array(tag, { maxLength: 5 })
  const between = fc.constantFrom(',', ', ', ' , ', ',,', '\t,')
  await fc.assert(
    fc.asyncProperty(tag, list, between, async (etag, known, comma) => {
      const headers = { 'if-none-match': known.join(comma) }
      const { status } = await send(tagged(etag), 'GET /x', { headers })
      const isKnown = known.some((other) => opaqueOf(other) === opaqueOf(etag))
      expect(status).toBe(isKnown ? 304 : 200)
    }),
    { numRuns: 500 },
  )
})

it('no text in If-None-Match breaks an answer', async () => {
  const app = tagged('"a"')
  const header = fc.string({ unit: fc.constantFrom(...'"a,W/ *\\\t\u00e9') })
  await fc.assert(
    fc.asyncProperty(header, async (known) => {
      const { status } = await send(app, 'GET /x', { headers: { 'if-none-match': known } })
      expect([200, 304]).toContain(status)
    }),
    { numRuns: 1_000 },
  )
})

it('a range is the part that slice would cut', async () => {
  const text = 'abcdefghijklmnopqrstuvwxyz'
  const app = appOf(
    defineOperation()({
      method: 'GET',
      path: '/x',
      responses: { 200: download('text/plain') },
      guard: anyone,
      handler: () => ({ status: 200, body: new Blob([text]) }),
    }),
  )
  const bound = fc.option(fc.nat(40), { nil: undefined })
  await fc.assert(
    fc.asyncProperty(bound, bound, async (first, last) => {
      const headers = { range: `bytes=${first ?? ''}-${last ?? ''}` }
      const answer = await send(app, 'GET /x', { headers })
      const none = first === undefined && last === undefined
      const backwards = first !== undefined && last !== undefined && last < first
      const start = first ?? Math.max(0, text.length - (last ?? 0))
      const part = text.slice(start, first === undefined ? undefined : (last ?? text.length) + 1)
      const expected = part === '' ? [416] : [206, part]
      const { status, text: given } = answer
      if (none || backwards) expect([status, given]).toEqual([200, text])
      else expect(part === '' ? [status] : [status, given]).toEqual(expected)
    }),
    { numRuns: 1_000 },
  )
})
