import fc from 'fast-check'
import { anyone, createApp, defineOperation, form, multipart } from 'plinth/http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ORIGIN } from './send.ts'

const define = defineOperation()
const Title = v.object({ title: v.optional(v.string()) })
const declared = { guard: anyone, responses: { 200: v.unknown() } } as const

/** One operation for each way in, which answers with what came out of it. */
const app = createApp({
  operations: {
    json: define({
      ...declared,
      method: 'POST',
      path: '/json',
      body: v.object({ title: v.optional(v.string()), meta: v.optional(v.unknown()) }),
      handler: ({ body }) => ({ status: 200, body: seen(body) }),
    }),
    form: define({
      ...declared,
      method: 'POST',
      path: '/form',
      body: form(Title),
      handler: ({ body }) => ({ status: 200, body: seen(body) }),
    }),
    multipart: define({
      ...declared,
      method: 'POST',
      path: '/multipart',
      body: multipart({ fields: Title, files: {} }),
      handler: ({ body }) => ({ status: 200, body: seen(body.fields) }),
    }),
    query: define({
      ...declared,
      method: 'GET',
      path: '/query',
      query: Title,
      handler: ({ query }) => ({ status: 200, body: seen(query) }),
    }),
    cookies: define({
      ...declared,
      method: 'GET',
      path: '/cookies',
      cookies: Title,
      handler: ({ cookies }) => ({ status: 200, body: seen(cookies) }),
    }),
  },
})

/** The names that a handler finds in what it was given, those that it inherits included. */
function seen(value: object): string[] {
  const names: string[] = []
  for (const name in value) names.push(name)
  return names
}

const word = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'title',
  '__defineGetter__',
  'toString',
  'hasOwnProperty',
  'polluted',
  '0',
  'length',
)

/** A key as parsers of forms have taken it apart: dotted, bracketed, encoded. */
const key = fc
  .tuple(
    fc.array(word, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('.', '[]', '][', '/', '\0', ''),
  )
  .map(([words, join]) =>
    join === '[]'
      ? words.map((each, at) => (at === 0 ? each : `[${each}]`)).join('')
      : words.join(join),
  )

/** JSON text, since objects of literals would lose the keys that matter. */
const json: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('1', '"x"', 'true', 'null'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join()}]`),
    fc
      .array(fc.tuple(word, tie('value'), fc.boolean()), { maxLength: 3 })
      .map(
        (pairs) =>
          `{${pairs.map(([name, value, escaped]) => `${quoted(name, escaped)}:${value}`).join()}}`,
      ),
  ),
})).value

function quoted(name: string, escaped: boolean): string {
  if (!escaped) return JSON.stringify(name)
  const units = Array.from(name, (char) => char.charCodeAt(0).toString(16).padStart(4, '0'))
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`
}

/** Every prototype that a careless assignment could reach, as it is before anything is sent. */
const prototypes = [Object, Array, Function, String, Map, Request, Headers].map(
  ({ prototype }) => prototype as object,
)
const before = prototypes.map((each) => Reflect.ownKeys(each).map(String).join())

async function harmless(path: string, init: RequestInit = {}, allowed = ['title']): Promise<void> {
  const response = await app.fetch(new Request(ORIGIN + path, init))
  expect([200, 400, 422]).toContain(response.status)
  const body = await response.json()
  if (response.status === 200) for (const name of body) expect(allowed).toContain(name)
  expect(prototypes.map((each) => Reflect.ownKeys(each).map(String).join())).toEqual(before)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
}

describe('keys that lead to prototypes', () => {
  it('[ASVS 15.3.6] [family 8] do nothing in JSON, however deep and escaped', async () => {
    const headers = { 'content-type': 'application/json' }
    await fc.assert(
      fc.asyncProperty(json, (body) =>
        harmless('/json', { method: 'POST', headers, body }, ['title', 'meta']),
      ),
      { numRuns: 500 },
    )
    await fc.assert(
      fc.asyncProperty(json, (meta) =>
        harmless('/json', { method: 'POST', headers, body: `{"meta":${meta}}` }, ['title', 'meta']),
      ),
      { numRuns: 500 },
    )
  })

  it('[ASVS 15.3.6] [family 8] do nothing in a form, dotted, bracketed or encoded', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 3 }), fc.boolean(), (keys, plain) => {
        const encode = plain ? (text: string) => text : encodeURIComponent
        const body = keys.map((each) => `${encode(each)}=polluted`).join('&')
        return harmless('/form', { method: 'POST', headers, body })
      }),
      { numRuns: 500 },
    )
  })

  it('[ASVS 15.3.6] [family 8] do nothing in a multipart body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 3 }), (keys) => {
        const body = new FormData()
        for (const each of keys) body.append(each, 'polluted')
        return harmless('/multipart', { method: 'POST', body })
      }),
      { numRuns: 200 },
    )
  })

  it('[ASVS 15.3.6] [family 8] do nothing in a query', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 3 }), (keys) =>
        harmless(`/query?${keys.map((each) => `${encodeURIComponent(each)}=polluted`).join('&')}`),
      ),
      { numRuns: 500 },
    )
  })

  it('[ASVS 15.3.6] [family 8] do nothing in cookies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 4 }), (names) => {
        const headers = new Headers()
        if (names.length > 0) headers.set('cookie', names.map((each) => `${each}=x`).join('; '))
        return harmless('/cookies', { headers })
      }),
      { numRuns: 200 },
    )
  })
})
