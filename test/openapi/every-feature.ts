/** An API that uses whatever an operation and a resource can be made of. */

import { type } from 'arktype'
import {
  anyone,
  assurance,
  branch,
  bytes,
  computed,
  content,
  download,
  events,
  every,
  file,
  form,
  fresh,
  json,
  lines,
  multipart,
  operation,
  permission,
  resource,
  role,
  signedIn,
  text,
} from 'plinth/api'
import { concurrencyLimit, type Middleware, rateLimit } from 'plinth/http'
import * as v from 'valibot'
import * as z from 'zod'
import { articles, countries, drafts, notes } from './tables.ts'

const count = v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(9))

const measured = operation({
  method: 'GET',
  path: '/measured/:kind/:count',
  summary: 'Echo what parameters are made of',
  guard: anyone,
  params: v.object({ kind: v.picklist(['small', 'large']), count }),
  query: v.object({
    tag: v.optional(v.array(v.pipe(v.string(), v.maxLength(5)))),
    at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  }),
  headers: v.object({ 'x-mark': v.optional(v.pipe(v.string(), v.maxLength(8))) }),
  cookies: v.object({ theme: v.optional(v.picklist(['light', 'dark'])) }),
  responses: {
    200: v.object({
      kind: v.string(),
      count: v.number(),
      tags: v.array(v.string()),
      at: v.nullable(v.string()),
      mark: v.nullable(v.string()),
      theme: v.nullable(v.string()),
    }),
  },
  examples: {
    'three large ones': {
      summary: 'Three large ones.',
      params: { kind: 'large', count: '3' },
      query: { tag: ['a', 'b'] },
      headers: { 'x-mark': 'here' },
      response: {
        status: 200,
        body: { kind: 'large', count: 3, tags: ['a', 'b'], at: null, mark: 'here', theme: null },
      },
    },
  },
  handler: ({ params, query, headers, cookies }) => ({
    status: 200,
    body: {
      ...params,
      tags: query.tag ?? [],
      at: query.at ?? null,
      mark: headers['x-mark'] ?? null,
      theme: cookies.theme ?? null,
    },
  }),
})

const close = operation({
  method: 'POST',
  path: '/close',
  guard: role('staff'),
  idempotent: true,
  body: v.variant('kind', [
    v.object({ kind: v.literal('now'), force: v.boolean() }),
    v.object({ kind: v.literal('later'), after: v.pipe(v.number(), v.minValue(0)) }),
  ]),
  responses: { 202: v.object({ kind: v.string() }), 409: v.object({ reason: v.string() }) },
  examples: { soon: { body: { kind: 'later', after: 1 } } },
  handler: ({ body }) =>
    body.kind === 'later' && body.after > 100
      ? { status: 409, body: { reason: 'too late' } }
      : { status: 202, body: { kind: body.kind } },
})

const zodded = operation({
  method: 'POST',
  path: '/zod/:id',
  guard: anyone,
  params: z.object({ id: z.uuid() }),
  query: z.object({ page: z.coerce.number().int().min(1).optional() }),
  body: z.object({ name: z.string().min(1).max(9), ages: z.array(z.number()).max(3) }),
  responses: { 200: z.object({ id: z.string(), page: z.number(), name: z.string() }) },
  handler: ({ params, query, body }) => ({
    status: 200,
    body: { id: params.id, page: query.page ?? 1, name: body.name },
  }),
})

const arked = operation({
  method: 'POST',
  path: '/arktype',
  guard: anyone,
  body: type({ name: '1 <= string <= 9', 'size?': 'number.integer' }),
  responses: { 200: type({ name: 'string', size: 'number | null' }) },
  handler: ({ body }) => ({ status: 200, body: { name: body.name, size: body.size ?? null } }),
})

const bodies = {
  form: operation({
    method: 'POST',
    path: '/form',
    guard: anyone,
    body: form(
      v.object({ name: v.pipe(v.string(), v.minLength(1)), tag: v.optional(v.array(count)) }),
    ),
    responses: { 200: v.object({ name: v.string(), tags: v.array(v.number()) }) },
    handler: ({ body }) => ({ status: 200, body: { name: body.name, tags: body.tag ?? [] } }),
  }),
  upload: operation({
    method: 'POST',
    path: '/upload',
    guard: anyone,
    transaction: false,
    body: multipart({
      fields: v.object({ title: v.pipe(v.string(), v.maxLength(20)), rank: v.optional(count) }),
      files: {
        photo: file({ maxBytes: 1000, mediaTypes: ['image/png'] }),
        notes: file({ maxBytes: 50, optional: true, many: 2 }),
      },
    }),
    responses: { 200: v.object({ title: v.string(), files: v.array(v.string()) }) },
    handler: async ({ body }) => {
      const files: string[] = []
      for await (const { name, filename } of body.files) files.push(`${name} ${filename}`)
      return { status: 200, body: { title: body.fields.title, files } }
    },
  }),
  text: operation({
    method: 'PUT',
    path: '/text',
    guard: anyone,
    body: text({ mediaType: 'text/markdown', maxBytes: 100 }),
    responses: { 200: content('text/markdown') },
    examples: { short: { body: '# Hello', response: { status: 200, body: '# HELLO' } } },
    handler: ({ body }) => ({ status: 200, body: body.toUpperCase() }),
  }),
  bytes: operation({
    method: 'PUT',
    path: '/bytes',
    guard: anyone,
    body: bytes({ mediaTypes: ['application/octet-stream', 'application/x-any'], maxBytes: 100 }),
    responses: { 200: v.object({ length: v.number() }) },
    handler: ({ body }) => ({ status: 200, body: { length: body.length } }),
  }),
  patch: operation({
    method: 'PATCH',
    path: '/patched',
    guard: anyone,
    body: json(v.optional(v.object({ a: v.nullish(v.number()) })), {
      mediaTypes: ['application/json', 'application/merge-patch+json'],
    }),
    responses: { 200: v.object({ given: v.boolean() }) },
    handler: ({ body }) => ({ status: 200, body: { given: body !== undefined } }),
  }),
}

async function* ticks(from: number) {
  for (let id = from; id < from + 3; id++) yield { id: String(id), event: 'tick', data: { id } }
}
async function* readings() {
  for (let n = 0; n < 3; n++) yield { n, at: new Date(n) }
}
const PICTURE = new File(['0123456789'], 'digits.txt', { lastModified: 0 })

const answers = {
  sheet: operation({
    method: 'GET',
    path: '/sheet',
    guard: anyone,
    cache: { maxAge: 60, public: true },
    responses: { 200: content('text/csv') },
    handler: () => ({ status: 200, body: 'name\nAda\n' }),
  }),
  tagged: operation({
    method: 'GET',
    path: '/tagged',
    guard: anyone,
    responses: { 200: v.object({ version: v.number() }) },
    responseHeaders: { 200: { etag: 'The version.' } },
    handler: () => ({ status: 200, headers: { etag: '"1"' }, body: { version: 1 } }),
  }),
  ticks: operation({
    method: 'GET',
    path: '/ticks',
    guard: anyone,
    headers: v.object({ 'last-event-id': v.optional(count) }),
    responses: { 200: events(v.object({ id: v.number() })) },
    handler: ({ headers }) => ({ status: 200, body: ticks(headers['last-event-id'] ?? 0) }),
  }),
  readings: operation({
    method: 'GET',
    path: '/readings',
    guard: anyone,
    responses: { 200: lines(v.object({ n: v.number(), at: v.date() })) },
    handler: () => ({ status: 200, body: readings() }),
  }),
  file: operation({
    method: 'GET',
    path: '/file',
    guard: anyone,
    responses: { 200: download('text/plain') },
    handler: () => ({ status: 200, body: PICTURE }),
  }),
  elsewhere: operation({
    method: 'POST',
    path: '/elsewhere',
    guard: anyone,
    responses: { 303: null },
    responseHeaders: { 303: { location: 'Where it is.' } },
    handler: () => ({ status: 303, headers: { location: '/tagged' } }),
  }),
}

const plain = { method: 'POST', responses: { 204: null } } as const
const done = () => ({ status: 204 }) as const
const guarded = {
  permitted: operation({
    ...plain,
    path: '/permitted',
    guard: permission('orders:refund'),
    handler: done,
  }),
  assured: operation({ ...plain, path: '/assured', guard: assurance(2), handler: done }),
  fresh: operation({
    ...plain,
    path: '/fresh',
    guard: every(role('staff'), fresh({ within: 300_000 })),
    handler: done,
  }),
}

const limited = {
  often: operation({
    ...plain,
    path: '/often',
    guard: anyone,
    limits: [rateLimit({ limit: 5, window: 1000, by: 'address' })],
    handler: done,
  }),
  single: operation({
    ...plain,
    path: '/single',
    limits: [concurrencyLimit({ limit: 1 })],
    handler: done,
  }),
}

const audit: Middleware = async (_context, next) => {
  const answer = await next()
  return { ...answer, headers: { ...answer.headers, 'x-audited': 'yes' } }
}
const versioned = {
  greet: operation({
    method: 'GET',
    path: '/greeting',
    responses: { 200: v.object({ greeting: v.string() }) },
    handler: () => ({ status: 200, body: { greeting: 'Hello' } }),
  }),
}
const old = { since: '2026-01-01', sunset: '2027-01-01', link: 'https://example.org/v2' }

export const api = {
  notes: resource(notes, { idempotent: true, bulk: { create: 3, update: 3, delete: 3 } }),
  drafts: resource(drafts, {
    requireMatch: true,
    replace: 'upsert',
    fields: true,
    list: { total: true },
    computed: {
      length: computed(v.number(), {
        from: ['text'],
        value: ({ text }: { text: string }) => text.length,
      }),
    },
    actions: {
      publish: operation({
        method: 'POST',
        path: '/:id/publish',
        params: v.object({ id: v.string() }),
        responses: { 202: null },
        handler: () => ({ status: 202 }),
      }),
    },
  }),
  articles: resource(articles, { include: { by: true, remarks: { limit: 2 } }, guard: signedIn }),
  countries: resource(countries),
  echo: { measured, close, zodded, arked },
  bodies,
  answers,
  guarded,
  limited,
  v1: branch({ path: '/v1', deprecated: old, middleware: [audit] }, versioned),
  v2: branch({ path: '/v2', guard: role('staff'), tags: ['second'] }, versioned),
}
