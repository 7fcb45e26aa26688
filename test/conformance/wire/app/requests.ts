/** Operations about what is sent: every part of a request, and every kind of body. */

import {
  anyone,
  bytes,
  content,
  defineOperation,
  file,
  form,
  json,
  multipart,
  text,
} from 'plinth/http'
import { PlinthError } from 'plinth/kernel'
import * as v from 'valibot'

const define = defineOperation()
const anything = { 200: v.looseObject({}) }
const short = v.pipe(v.string(), v.maxLength(20))
const count = v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/), v.transform(Number))

/** An object of objects, for keys that nobody asked for at each depth. */
const nested = v.object({
  title: short,
  lines: v.optional(
    v.array(v.object({ name: short, of: v.optional(v.object({ n: v.number() })) })),
  ),
  amount: v.optional(v.number()),
  open: v.optional(v.looseObject({})),
  table: v.optional(v.record(v.string(), v.number())),
  pair: v.optional(v.tuple([v.string(), v.number()])),
  shape: v.optional(
    v.variant('kind', [
      v.object({ kind: v.literal('round'), radius: v.number() }),
      v.object({ kind: v.literal('square'), side: v.number() }),
    ]),
  ),
})

export const requests = {
  echo: define({
    method: 'GET',
    path: '/echo/:id',
    guard: anyone,
    params: v.object({ id: short }),
    query: v.object({
      tag: v.optional(v.array(short)),
      limit: v.optional(count, '20'),
      exact: v.optional(v.picklist(['yes', 'no'])),
    }),
    headers: v.object({ 'x-tenant': v.optional(short) }),
    cookies: v.object({ theme: v.optional(short) }),
    responses: anything,
    handler: ({ params, query, headers, cookies }) => ({
      status: 200,
      body: { ...params, ...query, tenant: headers['x-tenant'], theme: cookies.theme },
    }),
  }),
  item: {
    replace: define({
      method: 'PUT',
      path: '/items/:id',
      guard: anyone,
      params: v.object({ id: short }),
      body: v.object({ title: short }),
      responses: anything,
      handler: ({ params, body }) => ({ status: 200, body: { ...params, ...body } }),
    }),
    remove: define({
      method: 'DELETE',
      path: '/items/:id',
      guard: anyone,
      params: v.object({ id: short }),
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    }),
    patch: define({
      method: 'PATCH',
      path: '/items/:id',
      guard: anyone,
      params: v.object({ id: short }),
      body: json(v.object({ title: v.optional(v.nullable(short)) }), {
        mediaTypes: ['application/merge-patch+json', 'application/json'],
      }),
      responses: anything,
      handler: ({ body }) => ({ status: 200, body }),
    }),
  },
  json: define({
    method: 'POST',
    path: '/json',
    guard: anyone,
    body: nested,
    bodyLimit: 200_000,
    responses: { 201: v.looseObject({}) },
    handler: ({ body }) => ({ status: 201, headers: { location: '/echo/1' }, body }),
  }),
  optional: define({
    method: 'POST',
    path: '/optional',
    guard: anyone,
    body: v.optional(v.object({ title: short })),
    responses: anything,
    handler: ({ body }) => ({ status: 200, body: { given: body !== undefined } }),
  }),
  reset: define({
    method: 'POST',
    path: '/reset',
    guard: anyone,
    body: v.object({ email: v.string(), code: v.pipe(v.string(), v.regex(/^\d{6}$/)) }),
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  }),
  form: define({
    method: 'POST',
    path: '/form',
    guard: anyone,
    body: form(v.object({ name: short, tag: v.optional(v.array(short)) })),
    responses: anything,
    handler: ({ body }) => ({ status: 200, body }),
  }),
  text: define({
    method: 'POST',
    path: '/text',
    guard: anyone,
    body: text({ maxBytes: 1_000 }),
    responses: { 200: content('text/plain') },
    handler: ({ body }) => ({ status: 200, body }),
  }),
  bytes: define({
    method: 'POST',
    path: '/bytes',
    guard: anyone,
    body: bytes({ mediaTypes: ['application/octet-stream', 'image/png'], maxBytes: 100_000 }),
    responses: anything,
    handler: ({ body }) => ({ status: 200, body: { length: body.length } }),
  }),
  upload: define({
    method: 'POST',
    path: '/upload',
    guard: anyone,
    transaction: false,
    body: multipart({
      fields: v.object({ title: short }),
      files: {
        photo: file({ maxBytes: 50_000, mediaTypes: ['image/png'], many: 2 }),
        notes: file({ maxBytes: 100, optional: true }),
      },
    }),
    responses: anything,
    handler: async ({ body }) => {
      const files: unknown[] = []
      for await (const { name, filename, mediaType, stream } of body.files) {
        files.push({ name, filename, mediaType, size: (await readAll(stream)).length })
      }
      return { status: 200, body: { ...body.fields, files } }
    },
  }),
  webhook: define({
    method: 'POST',
    path: '/webhook',
    guard: anyone,
    responses: anything,
    handler: async ({ incoming }) => {
      const bytes = await incoming.bytes(1_000)
      return { status: 200, body: { text: new TextDecoder().decode(bytes) } }
    },
  }),
  relay: define({
    method: 'GET',
    path: '/relay',
    guard: anyone,
    query: v.object({ to: v.string() }),
    responses: anything,
    handler: async ({ query, fetch }) => {
      try {
        const { status } = await fetch(query.to)
        return { status: 200, body: { went: `answered ${status}` } }
      } catch (error) {
        // Nobody answers at the address that is allowed: what failed there was let out.
        const refused = error instanceof PlinthError && error.code === 'outbound_refused'
        return { status: 200, body: { went: refused ? 'refused' : 'out' } }
      }
    },
  }),
  caller: define({
    method: 'GET',
    path: '/caller',
    guard: anyone,
    responses: anything,
    handler: ({ incoming, actor }) => ({
      status: 200,
      body: {
        address: incoming.address ?? null,
        origin: incoming.origin,
        actor: actor?.id ?? null,
      },
    }),
  }),
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  )
}
