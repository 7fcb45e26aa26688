import {
  anyone,
  bytes,
  content,
  download,
  events,
  file,
  form,
  lines,
  mount,
  multipart,
  operation,
  resource,
  text,
} from 'plinth/api'
import { type ClientOptions, client, type Fetch, unwrap } from 'plinth/client'
import type { Database } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { actorId, authenticate, database } from './fixture.ts'
import { notes, people } from './tables.ts'

const seen = v.object({ type: v.nullable(v.string()), body: v.string() })
const open = { guard: anyone, transaction: false } as const

const tree = {
  notes: resource(notes, { idempotent: true }),
  form: operation({
    ...open,
    method: 'POST',
    path: '/form',
    body: form(v.object({ name: v.string(), tag: v.optional(v.array(v.string())) })),
    responses: { 200: seen },
    handler: ({ body, incoming }) => ({
      status: 200,
      body: { type: incoming.header('content-type'), body: JSON.stringify(body) },
    }),
  }),
  text: operation({
    ...open,
    method: 'PUT',
    path: '/text',
    body: text({ mediaType: 'text/csv' }),
    responses: { 200: content('text/csv') },
    handler: ({ body }) => ({ status: 200, body }),
  }),
  bytes: operation({
    ...open,
    method: 'PUT',
    path: '/bytes',
    body: bytes({ mediaTypes: ['application/octet-stream', 'application/x-other'] }),
    responses: { 200: seen },
    handler: ({ body, incoming }) => ({
      status: 200,
      body: { type: incoming.header('content-type'), body: body.join() },
    }),
  }),
  upload: operation({
    ...open,
    method: 'POST',
    path: '/upload',
    body: multipart({
      fields: v.object({ title: v.string(), tag: v.optional(v.array(v.string())) }),
      files: {
        picture: file({ maxBytes: 1000 }),
        more: file({ maxBytes: 1000, many: true, optional: true }),
      },
    }),
    responses: { 200: v.array(v.string()) },
    handler: async ({ body }) => {
      const parts = [JSON.stringify(body.fields)]
      for await (const { name, filename, mediaType, stream } of body.files) {
        parts.push(`${name} ${filename} ${mediaType} ${await new Response(stream).text()}`)
      }
      return { status: 200, body: parts }
    },
  }),
  count: operation({
    ...open,
    method: 'GET',
    path: '/count',
    headers: v.object({ 'last-event-id': v.optional(v.string()) }),
    responses: { 200: events(v.object({ n: v.number() })), 204: null },
    handler: ({ headers }) => {
      const first = Number(headers['last-event-id'] ?? 0) + 1
      if (first > 6) return { status: 204 }
      async function* two() {
        for (const n of [first, first + 1]) {
          yield { id: String(n), event: 'count', retry: 1, data: { n } }
        }
      }
      return { status: 200, body: two() }
    },
  }),
  rows: operation({
    ...open,
    method: 'GET',
    path: '/rows',
    responses: { 200: lines(v.object({ at: v.date() })) },
    handler: () => {
      async function* some() {
        for (let n = 0; n < 3; n++) yield { at: new Date(n) }
      }
      return { status: 200, body: some() }
    },
  }),
  report: operation({
    ...open,
    method: 'GET',
    path: '/report',
    responses: { 200: download('text/csv') },
    handler: () => ({ status: 200, body: new Blob(['a,b\n1,2\n']) }),
  }),
  // Named as what a list has beside its call.
  book: {
    pages: operation({
      ...open,
      method: 'GET',
      path: '/book',
      responses: { 200: v.number() },
      handler: () => ({ status: 200, body: 300 }),
    }),
  },
}

let db: Database
let app: ReturnType<typeof mountTree>
let requests: Request[]

const mountTree = () => mount(tree, { database: db, authenticate })

beforeEach(async () => {
  db = await database([people, notes])
  await db.system.create(people, { id: actorId('ada'), name: 'Ada' })
  app = mountTree()
  requests = []
})

afterEach(() => db.close())

function connect(options: ClientOptions = {}) {
  const fetch: Fetch = (request) => {
    requests.push(request.clone())
    return app.fetch(request)
  }
  return client<typeof app>('https://shop.example/', { fetch, token: 'ada', ...options })
}

async function collect<T, R>(values: AsyncIterable<T>, take: (value: T) => R): Promise<R[]> {
  const taken: R[] = []
  for await (const value of values) taken.push(take(value))
  return taken
}

describe('a body', () => {
  it('is a form', async () => {
    const body = { name: 'Ä & b=c+d', tag: ['x', 'y'] }
    expect(await unwrap(connect().form({ body }))).toEqual({
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      body: JSON.stringify(body),
    })
  })

  it('is text of its type', async () => {
    expect(await unwrap(connect().text({ body: 'ü,1\r\n' }))).toBe('ü,1\r\n')
  })

  it('is bytes, a blob or a stream', async () => {
    const api = connect()
    const body = Uint8Array.of(0, 255)
    const plain = { type: 'application/octet-stream', body: '0,255' }
    expect(await unwrap(api.bytes({ body }))).toEqual(plain)
    expect(await unwrap(api.bytes({ body: new Blob([body]) }))).toEqual(plain)
    expect(await unwrap(api.bytes({ body: new Blob([body]).stream() }))).toEqual(plain)
    const other = new Blob([body], { type: 'application/x-other' })
    expect(await unwrap(api.bytes({ body: other }))).toEqual({ ...plain, type: other.type })
  })

  it('is fields and files', async () => {
    const picture = new File(['one'], 'ö "1".txt', { type: 'text/plain' })
    const answer = await connect().upload({
      body: {
        files: { picture, more: [new File(['two'], '2.txt'), new Blob(['three'])] },
        fields: { title: 'Ü', tag: ['a', 'b'] },
      },
    })
    expect(await unwrap(answer)).toEqual([
      '{"title":"Ü","tag":["a","b"]}',
      expect.stringMatching(/^picture ö .*1.*\.txt text\/plain one$/),
      'more 2.txt application/octet-stream two',
      'more blob application/octet-stream three',
    ])
  })

  it('is refused like any other', async () => {
    const big = new File(['x'.repeat(2000)], 'big.txt')
    const answer = await connect().upload({
      body: { fields: { title: '' }, files: { picture: big } },
    })
    expect(answer).toMatchObject({ status: 413 })
  })
})

describe('an answer', () => {
  it('is followed over connections, event by event', async () => {
    const answer = await connect().count()
    if (answer.status !== 200) throw new Error('no events')
    const received: unknown[] = []
    for await (const event of answer.body) received.push(event)
    expect(received).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => ({ id: String(n), event: 'count', data: { n } })),
    )
    const resumed = requests.filter(({ url }) => url.endsWith('/count'))
    const ids = resumed.map(({ headers }) => headers.get('last-event-id'))
    expect(ids).toEqual([null, '2', '4', '6'])
  })

  it('goes on after an id that is given', async () => {
    const answer = await connect().count({ headers: { 'last-event-id': 4 } })
    if (answer.status !== 200) throw new Error('no events')
    for await (const { data } of answer.body) {
      expect(data.n).toBe(5)
      break
    }
    expect((await connect().count({ headers: { 'last-event-id': 9 } })).status).toBe(204)
  })

  it('is read line by line', async () => {
    const times: string[] = []
    for await (const { at } of await unwrap(connect().rows())) times.push(at)
    expect(times).toEqual([0, 1, 2].map((n) => new Date(n).toISOString()))
  })

  it('is a file with its name', async () => {
    const body = await unwrap(connect().report())
    expect(await new Response(body).text()).toBe('a,b\n1,2\n')
  })
})

describe('a list', () => {
  beforeEach(async () => {
    const rows = Array.from({ length: 5 }, (_, n) => ({ title: `Note ${n}`, weight: n }))
    for (const row of rows) await unwrap(connect().notes.create({ body: row }))
    requests = []
  })

  it('is iterated item by item', async () => {
    const titles: string[] = []
    const query = { limit: 2, order: 'title' } as const
    for await (const note of connect().notes.list.each({ query })) titles.push(note.title)
    expect(titles).toEqual([0, 1, 2, 3, 4].map((n) => `Note ${n}`))
    expect(requests.filter(({ url }) => url.includes('/notes?'))).toHaveLength(3)
  })

  it('is iterated page by page, as far as it is wanted', async () => {
    for await (const page of connect().notes.list.pages({ query: { limit: 2 } })) {
      expect(page.items).toHaveLength(2)
      break
    }
    expect(requests.filter(({ url }) => url.includes('/notes?'))).toHaveLength(1)
    const pages = connect().notes.list.pages()
    expect(await collect(pages, ({ items }) => items.length)).toEqual([5])
    expect(await collect(pages, ({ items }) => items.length)).toEqual([5])
  })

  it('begins at a cursor that is given', async () => {
    const query = { limit: 2, order: 'title' } as const
    const first = await unwrap(connect().notes.list({ query }))
    if (first.next === null) throw new Error('there is one page')
    const rest = connect().notes.list.each({ query: { ...query, cursor: first.next } })
    expect(await collect(rest, ({ title }) => title)).toEqual(['Note 2', 'Note 3', 'Note 4'])
  })

  it('throws what is no page', async () => {
    const anonymous = connect({ token: () => null }).notes.list.each()
    await expect(collect(anonymous, String)).rejects.toMatchObject({ code: 'refused', status: 401 })
    const { each } = connect().book as unknown as { each(): AsyncIterable<unknown> }
    await expect(collect(each(), String)).rejects.toMatchObject({ code: 'unknown_operation' })
    const same = Response.json({ items: [1], next: 'x' })
    const operations = { 'notes.list': ['GET', '/notes'] } as const
    const looping = connect({ operations, fetch: async () => same.clone() }).notes.list.each()
    await expect(collect(looping, String)).rejects.toMatchObject({ code: 'invalid_answer' })
  })

  it('does not stand in the way of operations of those names', async () => {
    expect(await unwrap(connect().book.pages())).toBe(300)
    const fetch: Fetch = () => Promise.reject(new TypeError('offline'))
    expect(await connect({ fetch, retries: 0 }).book.pages()).toMatchObject({ status: 0 })
  })
})

describe('an operation that honours keys', () => {
  it('has one effect for a call whose answer was lost', async () => {
    let lost = 2
    const fetch: Fetch = async (request) => {
      const response = await app.fetch(request)
      if (request.method === 'POST' && lost-- > 0) throw new TypeError('connection reset')
      return response
    }
    const api = connect({ fetch, idempotencyKeys: true, retries: { pause: 1 } })
    const { id } = await unwrap(api.notes.create({ body: { title: 'Once', weight: 1 } }))
    const { items } = await unwrap(api.notes.list())
    expect(items.map((note) => note.id)).toEqual([id])
  })
})
