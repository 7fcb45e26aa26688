import * as v from 'valibot'
import { operation, resource } from '../../src/api/index.ts'
import { auth, password } from '../../src/auth/index.ts'
import { sqlite } from '../../src/data/drivers/sqlite/index.ts'
import { id, table, version } from '../../src/data/index.ts'
import {
  anyone,
  bytes,
  download,
  events,
  file,
  form,
  lines,
  multipart,
  text,
} from '../../src/http/index.ts'
import { type Backend, backend } from '../../src/index.ts'

const notes = table(
  'notes',
  { id: id(), title: v.string(), stars: v.pipe(v.number(), v.integer()), version: version() },
  { policy: { all: true } },
)

const done = v.object({ count: v.number() })

/** One operation for each way in which something may come in or go out. */
const operations = {
  notes: resource(notes, {
    guard: anyone,
    list: { filter: ['title'], order: ['title'] },
  }),
  json: operation({
    guard: anyone,
    method: 'POST',
    path: '/json',
    body: v.object({
      rows: v.optional(v.array(v.object({ id: v.string(), tags: v.array(v.string()) }))),
      members: v.optional(v.record(v.string(), v.unknown())),
      kind: v.optional(
        v.variant('type', [
          v.object({ type: v.literal('a'), a: v.string() }),
          v.object({ type: v.literal('b'), b: v.string() }),
        ]),
      ),
      choice: v.optional(v.union([v.array(v.number()), v.array(v.object({ n: v.number() }))])),
    }),
    responses: { 200: done },
    handler: () => ({ status: 200, body: { count: 1 } }),
  }),
  form: operation({
    guard: anyone,
    method: 'POST',
    path: '/form',
    body: form(v.object({ name: v.string(), tag: v.optional(v.array(v.string())) })),
    responses: { 200: done },
    handler: () => ({ status: 200, body: { count: 1 } }),
  }),
  upload: operation({
    guard: anyone,
    method: 'POST',
    path: '/upload',
    transaction: false,
    body: multipart({
      fields: v.object({ name: v.string() }),
      files: { photo: file({ maxBytes: 1_000_000, many: true }) },
    }),
    responses: { 200: done },
    async handler({ body }) {
      let count = 0
      for await (const { stream } of body.files)
        for await (const chunk of stream) count += chunk.length
      return { status: 200, body: { count } }
    },
  }),
  text: operation({
    guard: anyone,
    method: 'POST',
    path: '/text',
    body: text(),
    responses: { 200: done },
    handler: ({ body }) => ({ status: 200, body: { count: body.length } }),
  }),
  bytes: operation({
    guard: anyone,
    method: 'POST',
    path: '/bytes',
    body: bytes(),
    responses: { 200: done },
    handler: ({ body }) => ({ status: 200, body: { count: body.length } }),
  }),
  search: operation({
    guard: anyone,
    method: 'GET',
    path: '/search/:word',
    params: v.object({ word: v.string() }),
    query: v.object({ q: v.optional(v.string()), tag: v.optional(v.array(v.string())) }),
    cookies: v.object({ theme: v.optional(v.string()) }),
    responses: { 200: done },
    handler: () => ({ status: 200, body: { count: 1 }, headers: { etag: '"v1"' } }),
  }),
  large: operation({
    guard: anyone,
    method: 'GET',
    path: '/large',
    responses: { 200: v.string() },
    handler: () => ({ status: 200, body: LARGE }),
  }),
  file: operation({
    guard: anyone,
    method: 'GET',
    path: '/file',
    responses: { 200: download('application/octet-stream') },
    handler: () => ({
      status: 200,
      headers: { etag: '"v1"' },
      body: {
        size: FILE,
        read: (start: number, end: number) => new Uint8Array(Math.min(end - start, FILE)),
      },
    }),
  }),
  lines: operation({
    guard: anyone,
    method: 'GET',
    path: '/lines',
    responses: { 200: lines(v.object({ text: v.string() })) },
    handler: () => ({ status: 200, body: endless({ text: 'x'.repeat(1_000) }) }),
  }),
  events: operation({
    guard: anyone,
    method: 'GET',
    path: '/events',
    responses: { 200: events(v.object({ text: v.string() })) },
    handler: () => ({ status: 200, body: endless({ data: { text: 'x'.repeat(1_000) } }) }),
  }),
}

const LARGE = 'x'.repeat(4_000_000)
const FILE = 1_000_000

async function* endless<Item>(item: Item): AsyncGenerator<Item> {
  for (;;) yield item
}

/** Opens a back end that has everything that can be attacked. */
export function openHostile(): Promise<Backend> {
  return backend({
    data: sqlite(':memory:', [notes]),
    auth: auth({ factors: [password()] }),
    api: operations,
    monitor: { logs: false },
  })
}
