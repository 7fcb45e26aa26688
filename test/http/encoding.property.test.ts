import fc from 'fast-check'
import { anyone, content, createApp, defineOperation, events, lines } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { record, send } from './send.ts'

const define = defineOperation()
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\r', '\n', '\0', ':', '"', '\\', '<', '\u2028'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  ),
})

/** What the one operation of the next request answers with. */
let given: { id?: string; event?: string; data: string } = { data: '' }
const declared = { method: 'GET', guard: anyone } as const
const one = async function* <T>(item: T) {
  yield item
}
const app = createApp({
  signals: record().signals,
  operations: {
    json: define({
      ...declared,
      path: '/json',
      responses: { 200: v.object({ data: v.string() }) },
      handler: () => ({ status: 200, body: { data: given.data } }),
    }),
    lines: define({
      ...declared,
      path: '/lines',
      responses: { 200: lines(v.object({ data: v.string() })) },
      handler: () => ({ status: 200, body: one({ data: given.data }) }),
    }),
    events: define({
      ...declared,
      path: '/events',
      responses: { 200: events(v.string()) },
      handler: () => ({ status: 200, body: one(given) }),
    }),
    header: define({
      ...declared,
      path: '/header',
      responses: { 200: content('text/plain') },
      handler: () => ({ status: 200, body: 'x', headers: { 'x-given': given.data } }),
    }),
  },
})

describe('whatever text is answered', () => {
  it('[ASVS 1.2.3] [ASVS 1.1.2] is one text of the JSON and of the line', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (data) => {
        given = { data }
        const whole = await send(app, 'GET /json')
        expect(JSON.parse(whole.text)).toEqual({ data: data.toWellFormed() })
        const line = await send(app, 'GET /lines')
        expect(line.text.match(/\n/g)).toHaveLength(1)
        expect(JSON.parse(line.text)).toEqual({ data: data.toWellFormed() })
      }),
      { numRuns: 300 },
    )
  })

  it('[ASVS 1.2.1] [family 7] is one event, as it was or not at all', async () => {
    const maybe = fc.option(text, { nil: undefined })
    await fc.assert(
      fc.asyncProperty(text, maybe, maybe, async (data, id, event) => {
        given = { data, ...(id !== undefined && { id }), ...(event !== undefined && { event }) }
        const response = await app.fetch(new Request('https://shop.example/events'))
        const received = await response.text().catch(() => '')
        const seen = readEvents(received)
        expect(seen.length).toBeLessThanOrEqual(1)
        if (!seen[0]) return
        expect(JSON.parse(seen[0].data)).toBe(data.toWellFormed())
        expect(seen[0].event ?? '').toBe((event ?? '').toWellFormed())
        expect(seen[0].id ?? '').toBe((id ?? '').toWellFormed())
      }),
      { numRuns: 500 },
    )
  })

  it('[ASVS 1.2.1] [family 7] is one header, as it was or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (data) => {
        given = { data }
        const { status, headers } = await send(app, 'GET /header')
        if (status === 200)
          expect(headers.get('x-given')).toBe(data.replace(/^[\t ]+|[\t ]+$/g, ''))
        else expect([status, headers.has('x-given')]).toEqual([500, false])
      }),
      { numRuns: 500 },
    )
  })
})

interface Received {
  data: string
  event?: string
  id?: string
}

/** Reads a stream as the HTML standard says (9.2.6), apart from the code that writes it. */
function readEvents(stream: string): Received[] {
  const events: Received[] = []
  let fields: Record<string, string[]> = {}
  for (const line of stream.split(/\r\n|\r|\n/)) {
    if (line === '') {
      const { data, event, id } = fields
      if (data)
        events.push({ data: data.join('\n'), event: event?.at(-1), id: id?.at(-1) } as Received)
      fields = {}
      continue
    }
    const [, name = line, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    fields[name] = [...(fields[name] ?? []), value]
  }
  return events
}
