import fc from 'fast-check'
import { anyone, mount, operation } from 'plinth/api'
import { client } from 'plinth/client'
import type { Database } from 'plinth/data'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { database } from './fixture.ts'
import { people } from './tables.ts'

const reached: string[] = []
const at = (method: 'GET' | 'DELETE', path: string) =>
  operation({
    method,
    path: path as '/things',
    guard: anyone,
    responses: { 204: null },
    handler: () => {
      reached.push(path)
      return { status: 204 }
    },
  })

const tree = {
  get: operation({
    method: 'GET',
    path: '/things/:name',
    guard: anyone,
    params: v.object({ name: v.string() }),
    query: v.object({ word: v.optional(v.string()) }),
    responses: { 200: v.object({ name: v.string(), word: v.nullable(v.string()) }) },
    handler: ({ params, query }) => ({
      status: 200,
      body: { name: params.name, word: query.word ?? null },
    }),
  }),
  list: at('GET', '/things'),
  root: at('GET', '/'),
  secret: at('GET', '/things/secret/parts'),
  remove: at('DELETE', '/things'),
}

let db: Database

beforeAll(async () => {
  db = await database([people])
})

afterAll(() => db.close())

it('[ASVS 1.2.2] a text in the URL of a call stays in its place, whatever it holds', async () => {
  const app = mount(tree, { database: db })
  const api = client<typeof app>(app, { retries: 0 })
  const part = fc.constantFrom(
    '..',
    '.',
    '/',
    '\\',
    '?',
    '#',
    '%',
    '%2e',
    '%2F',
    '&',
    '=',
    ';',
    '@',
    ':',
    '//',
    'secret/parts',
    'javascript:',
    ' ',
    '+',
    '\r\n',
    'ä',
    '😀',
  )
  const text = fc.oneof(
    fc
      .array(fc.oneof(part, fc.string({ maxLength: 3 })), { maxLength: 4 })
      .map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
  )
  let passed = 0
  await fc.assert(
    fc.asyncProperty(text, text, async (name, word) => {
      const answer = await api.get({ params: { name }, query: { word } }).catch(() => undefined)
      expect(reached).toEqual([])
      if (answer?.status !== 200) return
      passed += 1
      expect(answer.body).toEqual({ name: name.toWellFormed(), word: word.toWellFormed() })
    }),
    { numRuns: 200 },
  )
  expect(passed).toBeGreaterThan(40)
})
