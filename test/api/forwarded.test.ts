import fc from 'fast-check'
import { type MountedApp, resource } from 'plinth/api'
import type { Database } from 'plinth/data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actorId, app, database, send } from './fixture.ts'
import { notes, people } from './tables.ts'

let db: Database
let tested: MountedApp<unknown>
let lines: string[]

beforeAll(async () => {
  db = await database([people, notes])
  await db.system.create(people, { id: actorId('ada'), name: 'Ada' })
  tested = app({ notes: resource(notes, { list: { total: true } }) }, { database: db })
  const ids: string[] = []
  for (const title of ['Milk', 'Bread', 'Tea']) {
    const { body } = await send(tested, 'POST /notes', { as: 'ada', body: { title, weight: 1 } })
    ids.push(body.id)
  }
  lines = [
    'GET /notes?limit=1',
    'GET /notes?limit=1&order=-title',
    `GET /notes/${ids[0]}`,
    `GET /notes/${ids[0]?.replace(/^.{8}/, '00000000')}`,
    `HEAD /notes/${ids[0]}`,
    'OPTIONS /notes',
    'PUT /notes',
    'GET /nothing',
    'GET /notes/..',
    'GET /openapi.json',
    'GET /operations.json',
    'GET /reference',
  ]
})

afterAll(() => db.close())

/** What proxies write, servers of old believed, and frameworks let rewrite a request. */
const names = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-forwarded-scheme',
  'x-host',
  'x-original-host',
  'x-original-url',
  'x-rewrite-url',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-cluster-client-ip',
  'x-http-host-override',
  'x-http-method-override',
  'x-method-override',
  'x-user-id',
  'x-middleware-subrequest',
  'via',
]
const values = fc.constantFrom(
  'evil.example',
  'https://evil.example',
  'host=evil.example;proto=https',
  '127.0.0.1',
  '::ffff:127.0.0.1',
  '/notes',
  'DELETE',
  'https',
  '8443',
  actorId('ada'),
)

describe('what proxies would say', () => {
  it('[ASVS 4.1.3] [family 18] [family 5] changes no answer byte for byte', async () => {
    const answer = async (line: string, headers: Record<string, string>) => {
      const { status, headers: given, text } = await send(tested, line, { as: 'ada', headers })
      given.delete('traceparent')
      return { status, headers: [...given], text }
    }
    const plain = new Map<string, unknown>()
    for (const line of lines) plain.set(line, await answer(line, {}))
    const said = fc.dictionary(fc.constantFrom(...names), values, { minKeys: 1, maxKeys: 6 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...lines), said, async (line, headers) => {
        expect(await answer(line, headers)).toEqual(plain.get(line))
      }),
      { numRuns: 300 },
    )
  })

  it('[ASVS 4.1.3] [family 18] names no other place for what was created', async () => {
    for (const name of names) {
      const { status, headers, text } = await send(tested, 'POST /notes', {
        as: 'ada',
        headers: { [name]: 'evil.example' },
        body: { title: 'Tea', weight: null },
      })
      expect(status).toBe(201)
      expect(headers.get('location')).toMatch(/^\/notes\/[\da-f-]{36}$/)
      expect(text + JSON.stringify([...headers])).not.toContain('evil')
    }
  })
})
