import fc from 'fast-check'
import { resource } from 'plinth/api'
import type { Database } from 'plinth/data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actorId, app, database, type Received, type Sent, send } from './fixture.ts'
import { notes, people } from './tables.ts'

let db: Database
let call: (line: string, sent?: Sent) => Promise<Received>

beforeAll(async () => {
  db = await database([people, notes])
  await db.system.create(people, { id: actorId('ada'), name: 'Ada' })
  const tested = app({ notes: resource(notes, { idempotent: true }) }, { database: db })
  call = (line, sent = {}) => send(tested, line, { as: 'ada', ...sent })
  await call('POST /notes', { body: { title: 'Milk', weight: 1 } })
})

afterAll(() => db.close())

const column = fc.constantFrom(...Object.keys(notes.columns))
const operator = fc.constantFrom(
  '',
  '.eq',
  '.ne',
  '.in',
  '.gt',
  '.lte',
  '.contains',
  '.is',
  '.__proto__',
)
const value = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'null',
    'set',
    'true',
    '1',
    '-1',
    '1e9',
    '2026-01-31T09:30:00Z',
    "' OR 1=1 --",
    '%',
  ),
  fc.bigInt().map(String),
  fc.double().map(String),
)

describe('whatever is asked', () => {
  it('[family 20] is a page or a refusal, never a failure', async () => {
    const pair = fc.oneof(
      fc.tuple(column, operator, value).map(([name, op, text]) => [name + op, text] as const),
      fc.tuple(fc.constantFrom('limit', 'cursor', 'order'), value),
      fc.tuple(fc.string(), value),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { maxLength: 4 }), async (pairs) => {
        const query = pairs.map(([name, text]) => `${encode(name)}=${encode(text)}`).join('&')
        const { status, body } = await call(`GET /notes?${query}`)
        expect([200, 400, 422]).toContain(status)
        if (status === 200) expect(Array.isArray(body.items)).toBe(true)
        else expect(typeof body.code).toBe('string')
      }),
      { numRuns: 300 },
    )
  })
})

describe('whatever is sent', () => {
  it('[ASVS 15.3.5] is stored or refused, never a failure', async () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.oneof(column, fc.string()), fc.jsonValue(), { maxKeys: 6 }),
      fc.record(
        {
          title: fc.string(),
          stars: fc.oneof(fc.integer(), fc.double()),
          weight: fc.oneof(fc.double(), fc.constant(null)),
          size: fc.bigInt().map(String),
          due: fc.oneof(fc.date().map(String), fc.constant('2026-01-31T09:30:00.123456789-23:59')),
          seal: fc.base64String(),
          labels: fc.array(fc.record({ name: fc.string() })),
        },
        { requiredKeys: ['title'] },
      ),
    )
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const { status, body } = await call('POST /notes', { body: sent })
        expect([201, 400, 422]).toContain(status)
        if (status !== 201) return
        expect((await call(`GET /notes/${body.id}`)).body).toEqual(body)
      }),
      { numRuns: 300 },
    )
  })
})

/** Half of a surrogate pair has no UTF-8: it is sent as what a careless encoder makes of it. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
