import assert from 'node:assert/strict'
import { anyone, bytes, createApp, defineOperation, file, form, multipart, text } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import * as v from 'valibot'
import type { Suite } from './main.ts'

const ORIGIN = 'https://shop.example'
const define = defineOperation()
const responses = { 200: v.looseObject({}) }

const operations = {
  form: define({
    method: 'POST',
    path: '/form',
    guard: anyone,
    body: form(v.object({ name: v.string(), tag: v.optional(v.array(v.string())) })),
    responses,
    handler: ({ body }) => ({ status: 200, body }),
  }),
  text: define({
    method: 'POST',
    path: '/text',
    guard: anyone,
    body: text({ maxBytes: 1_000 }),
    responses,
    handler: ({ body }) => ({ status: 200, body: { body } }),
  }),
  bytes: define({
    method: 'POST',
    path: '/bytes',
    guard: anyone,
    body: bytes(),
    responses,
    handler: ({ body }) => ({ status: 200, body: { length: body.length } }),
  }),
  upload: define({
    method: 'POST',
    path: '/upload',
    guard: anyone,
    transaction: false,
    body: multipart({
      fields: v.object({ title: v.string() }),
      files: { photo: file({ maxBytes: 300_000, mediaTypes: ['image/png'], many: 2 }) },
    }),
    responses,
    handler: async ({ body }) => {
      const files: unknown[] = []
      for await (const { filename, mediaType, stream } of body.files) {
        const reader = stream.getReader()
        let size = 0
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          size += next.value.length
          if (body.fields.title === 'leave') return { status: 200, body: { left: size > 0 } }
        }
        files.push({ filename, mediaType, size })
      }
      return { status: 200, body: { ...body.fields, files } }
    },
  }),
}

const signals = createSignals()
// Somebody listens, so that expected failures do not go to the console.
signals.subscribe({ log: () => {} })
const app = createApp({ operations, signals })

async function post(path: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await app.fetch(new Request(ORIGIN + path, { ...init, method: 'POST' }))
  return { status: response.status, body: await response.json() }
}

async function refuses(answer: ReturnType<typeof post>, status: number, code: string) {
  const { status: actual, body } = await answer
  assert.deepEqual([actual, (body as { code?: string }).code], [status, code])
}

/** A picture of this size, as far as its first bytes tell. */
function png(size: number): File {
  const content = new Uint8Array(size)
  content.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 0x1a, 10])
  return new File([content], '../me.png', { type: 'image/png' })
}

function pictures(title: string, ...sizes: number[]): FormData {
  const form = new FormData()
  form.append('title', title)
  for (const size of sizes) form.append('photo', png(size))
  return form
}

export const suite: Suite = {
  name: 'bodies',
  needs: [],
  cases: [
    {
      name: 'reads a form as the platform writes it',
      async run() {
        const body = new URLSearchParams([
          ['name', 'a+b &=% ü'],
          ['tag', 'x'],
          ['tag', 'y'],
        ])
        assert.deepEqual(await post('/form', { body }), {
          status: 200,
          body: { name: 'a+b &=% ü', tag: ['x', 'y'] },
        })
      },
    },
    {
      name: 'takes dots, brackets and __proto__ as plain keys',
      async run() {
        for (const key of ['__proto__', '__proto__[x]', 'a.b', 'name[]', 'constructor']) {
          const body = new URLSearchParams({ name: 'a', [key]: 'b' })
          if (key === '__proto__') body.append(key, 'b')
          await refuses(post('/form', { body }), 422, 'invalid_input')
        }
        assert.equal(({} as Record<string, unknown>)['x'], undefined)
      },
    },
    {
      name: 'reads text and bytes up to their limits',
      async run() {
        const asText = { 'content-type': 'text/plain' }
        const { body } = await post('/text', { body: 'ü', headers: asText })
        assert.deepEqual(body, { body: 'ü' })
        const long = { body: 'x'.repeat(1_001), headers: asText }
        await refuses(post('/text', long), 413, 'body_too_large')
        const headers = { 'content-type': 'application/octet-stream' }
        const answer = await post('/bytes', { body: new Uint8Array(70_000), headers })
        assert.deepEqual(answer.body, { length: 70_000 })
      },
    },
    {
      name: 'refuses a body of another type or of none',
      async run() {
        const body = new TextEncoder().encode('name=a')
        for (const path of ['/form', '/text', '/bytes', '/upload']) {
          for (const type of ['a/b', 'text/html', 'null']) {
            const headers = { 'content-type': type }
            await refuses(post(path, { body, headers }), 415, 'unsupported_media_type')
          }
        }
        await refuses(post('/form', { body }), 415, 'unsupported_media_type')
      },
    },
    {
      name: 'streams an upload as the platform writes it',
      async run() {
        const photo = (size: number) => ({ filename: 'me.png', mediaType: 'image/png', size })
        assert.deepEqual(await post('/upload', { body: pictures('ü "q"\r\n', 8, 250_000) }), {
          status: 200,
          body: { title: 'ü "q"\r\n', files: [photo(8), photo(250_000)] },
        })
      },
    },
    {
      name: 'refuses an upload that is not what was declared',
      async run() {
        await refuses(post('/upload', { body: pictures('a') }), 422, 'invalid_input')
        await refuses(post('/upload', { body: pictures('a', 8, 8, 8) }), 422, 'invalid_input')
        await refuses(post('/upload', { body: pictures('a', 300_001) }), 413, 'body_too_large')
        const liar = pictures('a')
        liar.append('photo', new File(['<svg/>'], 'a.png', { type: 'image/png' }))
        await refuses(post('/upload', { body: liar }), 422, 'invalid_input')
      },
    },
    {
      name: 'refuses an upload that is cut off',
      async run() {
        const whole = new Request(ORIGIN, { method: 'POST', body: pictures('a', 20_000) })
        const type = whole.headers.get('content-type') ?? ''
        const content = new Uint8Array(await whole.arrayBuffer())
        for (const length of [0, 10, 200, 20_000, content.length - 10]) {
          const init = { body: content.slice(0, length), headers: { 'content-type': type } }
          await refuses(post('/upload', init), 400, 'invalid_multipart')
        }
      },
    },
    {
      name: 'lets go of an upload that is left unread',
      async run() {
        const { status, body } = await post('/upload', { body: pictures('leave', 250_000) })
        assert.deepEqual([status, body], [200, { left: true }])
      },
    },
  ],
}
