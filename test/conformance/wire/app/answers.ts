/** Operations about what is answered: every kind of body, validators, caching, failures. */

import {
  anyone,
  content,
  defineOperation,
  download,
  events,
  lines,
  serializeCookie,
} from 'plinth/http'
import { PlinthError } from 'plinth/kernel'
import * as v from 'valibot'

const define = defineOperation()
const anything = { 200: v.looseObject({}) }
const get = { method: 'GET', guard: anyone } as const
const LONG = 'naïve 🎈 '.repeat(200)
const MODIFIED = new Date('2026-01-31T10:00:00Z')
const FILE = '0123456789abcdefghij'

async function* ticks(from: number) {
  for (let n = from + 1; n <= 3; n++) yield { id: String(n), event: 'tick', data: { n } }
}
async function* numbers(until: number) {
  for (let n = 0; n < until; n++) yield { n }
}

export const answers = {
  json: define({
    ...get,
    path: '/answers/json',
    responses: anything,
    handler: () => ({ status: 200, body: { text: 'ä\u2028"\\' } }),
  }),
  text: define({
    ...get,
    path: '/answers/text',
    responses: { 200: content('text/plain') },
    handler: () => ({ status: 200, body: 'hällo' }),
  }),
  page: define({
    ...get,
    path: '/answers/page',
    responses: { 200: content('text/html') },
    handler: () => ({ status: 200, body: '<!doctype html><title>Page</title>' }),
  }),
  stream: define({
    ...get,
    path: '/answers/stream',
    responses: { 200: content('text/csv') },
    handler: () => ({ status: 200, body: new Blob(['a,b\n', '1,2\n']).stream() }),
  }),
  empty: define({
    ...get,
    path: '/answers/empty',
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  }),
  elsewhere: define({
    method: 'POST',
    guard: anyone,
    path: '/answers/elsewhere',
    responses: { 303: null },
    handler: () => ({ status: 303, headers: { location: '/answers/json' } }),
  }),
  events: define({
    ...get,
    path: '/answers/events',
    headers: v.object({ 'last-event-id': v.optional(v.pipe(v.string(), v.regex(/^\d$/))) }),
    responses: { 200: events(v.object({ n: v.number() })), 204: null },
    handler: ({ headers }) => {
      const from = Number(headers['last-event-id'] ?? 0)
      return from >= 3 ? { status: 204 } : { status: 200, body: ticks(from) }
    },
  }),
  told: define({
    ...get,
    path: '/answers/told',
    query: v.object({ field: v.picklist(['id', 'event', 'data']), value: v.string() }),
    responses: { 200: events(v.string()) },
    handler: ({ query: { field, value } }) => ({
      status: 200,
      body: (async function* () {
        yield { [field]: value, data: value }
      })(),
    }),
  }),
  lines: define({
    ...get,
    path: '/answers/lines',
    responses: { 200: lines(v.object({ n: v.number() })) },
    handler: () => ({ status: 200, body: numbers(3) }),
  }),
  file: define({
    ...get,
    path: '/answers/file',
    query: v.object({ name: v.optional(v.string(), 'digits.txt') }),
    responses: { 200: download('text/plain') },
    handler: ({ query }) => ({
      status: 200,
      body: {
        size: FILE.length,
        name: query.name,
        etag: 'v1',
        lastModified: MODIFIED,
        read: (start: number, end: number) => new TextEncoder().encode(FILE.slice(start, end)),
      },
    }),
  }),
  tagged: define({
    ...get,
    path: '/answers/tagged',
    responses: anything,
    handler: () => ({ status: 200, headers: { etag: '"v1"' }, body: { version: 1 } }),
  }),
  modified: define({
    ...get,
    path: '/answers/modified',
    responses: anything,
    handler: () => ({
      status: 200,
      headers: { 'last-modified': MODIFIED.toUTCString() },
      body: { version: 1 },
    }),
  }),
  kept: define({
    ...get,
    path: '/answers/kept',
    cache: { maxAge: 60, staleWhileRevalidate: 30 },
    responses: anything,
    handler: () => ({ status: 200, body: {} }),
  }),
  shared: define({
    ...get,
    path: '/answers/shared',
    cache: { maxAge: 3600, public: true, immutable: true },
    responses: anything,
    handler: () => ({ status: 200, body: {} }),
  }),
  long: define({
    ...get,
    path: '/answers/long',
    responses: anything,
    handler: () => ({ status: 200, headers: { etag: '"long"' }, body: { text: LONG } }),
  }),
  plain: define({
    ...get,
    path: '/answers/plain',
    compress: false,
    responses: anything,
    handler: () => ({ status: 200, body: { text: LONG } }),
  }),
  secret: define({
    ...get,
    path: '/answers/secret',
    responses: anything,
    handler: () => ({
      status: 200,
      headers: { 'set-cookie': serializeCookie('a', 'b') },
      body: { text: LONG },
    }),
  }),
  cookie: define({
    method: 'POST',
    guard: anyone,
    path: '/answers/cookie',
    body: v.object({
      name: v.string(),
      value: v.string(),
      path: v.optional(v.string()),
      domain: v.optional(v.string()),
    }),
    responses: { 204: null },
    handler: ({ body: { name, value, path, domain } }) => ({
      status: 204,
      headers: {
        'set-cookie': serializeCookie(name, value, {
          ...(path !== undefined && { path }),
          ...(domain !== undefined && { domain }),
        }),
      },
    }),
  }),
  cookies: define({
    ...get,
    path: '/answers/cookies',
    responses: { 204: null },
    handler: () => ({
      status: 204,
      headers: { 'set-cookie': [serializeCookie('__Host-a', '1'), serializeCookie('b', '2')] },
    }),
  }),
  header: define({
    method: 'POST',
    guard: anyone,
    path: '/answers/header',
    body: v.object({ name: v.string(), value: v.string() }),
    responses: { 204: null },
    handler: ({ body: { name, value } }) => ({ status: 204, headers: { [name]: value } }),
  }),
  problem: define({
    ...get,
    path: '/answers/problem/:status',
    params: v.object({ status: v.pipe(v.string(), v.regex(/^\d{3}$/), v.transform(Number)) }),
    responses: { 204: null },
    handler: ({ params: { status } }) => {
      throw new PlinthError('refused', 'In words for people.', { status, details: { left: 3 } })
    },
  }),
  broken: define({
    ...get,
    path: '/answers/broken',
    responses: { 204: null },
    handler: () => {
      throw new Error('secret password=1234')
    },
  }),
  slow: define({
    ...get,
    path: '/answers/slow',
    timeout: 20,
    responses: { 204: null },
    handler: ({ signal }) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  }),
}
