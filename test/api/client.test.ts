import { anyone, content, mount, operation, resource } from 'plinth/api'
import { type ClientOptions, client, type Fetch } from 'plinth/client'
import type { Database } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { actorId, authenticate, database } from './fixture.ts'
import { notes, people } from './tables.ts'

const echoed = v.object({ path: v.string(), query: v.string(), header: v.nullable(v.string()) })
const tree = {
  notes: resource(notes, { idempotent: true }),
  deep: {
    er: {
      echo: operation({
        method: 'GET',
        path: '/echo/:what/:more',
        guard: anyone,
        params: v.object({ what: v.string(), more: v.string() }),
        query: v.object({
          at: v.optional(v.string()),
          list: v.optional(v.array(v.string())),
          flag: v.optional(v.string()),
        }),
        headers: v.object({ 'x-one': v.optional(v.string()) }),
        responses: { 200: echoed },
        handler: ({ params, incoming, headers }) => ({
          status: 200,
          body: {
            path: `${params.what} ${params.more}`,
            query: incoming.query,
            header: headers['x-one'] ?? null,
          },
        }),
      }),
    },
  },
  text: operation({
    method: 'GET',
    path: '/text',
    guard: anyone,
    responses: { 200: content('text/plain') },
    handler: () => ({ status: 200, body: 'plain' }),
  }),
  refuse: operation({
    method: 'POST',
    path: '/refuse',
    guard: anyone,
    responses: { 204: null, 409: v.object({ left: v.number() }) },
    handler: () => ({ status: 409, body: { left: 3 } }),
  }),
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

describe('a call', () => {
  it('sends its parts and gives the declared answer', async () => {
    const api = connect()
    const created = await api.notes.create({ body: { title: 'Milk', weight: 1, size: '5' } })
    if (created.status !== 201) throw new Error(created.body.code)
    expect(created.body).toMatchObject({ title: 'Milk', size: '5' })
    expect(created.headers.get('location')).toBe(`/notes/${created.body.id}`)

    const listed = await api.notes.list({
      query: { limit: 5, 'size.gt': 4n, 'title.in': ['Milk'] },
    })
    expect(listed).toMatchObject({ status: 200, body: { items: [created.body], next: null } })
    const id = created.body.id
    const updated = await api.notes.update({ params: { id }, body: { title: 'Tea' } })
    expect(updated).toMatchObject({ status: 200, body: { title: 'Tea' } })
    expect(await api.notes.delete({ params: { id } })).toMatchObject({ status: 204 })
    expect((await api.notes.list()).body).toEqual({ items: [], next: null })
  })

  it('writes text of what texts are made from', async () => {
    const { body } = await connect().deep.er.echo({
      params: { what: 'ö?#%&+;', more: 7 },
      query: { at: new Date(0), list: ['a&b', 'c'], flag: true },
      headers: { 'x-one': 'one' },
    })
    expect(body).toEqual({
      path: 'ö?#%&+; 7',
      query: 'at=1970-01-01T00%3A00%3A00.000Z&list=a%26b&list=c&flag=true',
      header: 'one',
    })
  })

  it('gives a problem for what is not declared', async () => {
    const missing = await connect().notes.get({ params: { id: actorId('x') } })
    expect(missing).toMatchObject({ status: 404, body: { code: 'not_found', title: 'Not Found' } })
    const anonymous = await connect({ token: () => null }).notes.list()
    expect(anonymous).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    const invalid = await connect().notes.create({ body: { title: '', weight: 1 } })
    expect(invalid).toMatchObject({ status: 422, body: { issues: [{ path: 'body.title' }] } })
  })

  it('gives a declared refusal like any other answer', async () => {
    const answer = await connect().refuse()
    expect(answer).toMatchObject({ status: 409, body: { left: 3 } })
  })

  it('gives text of another media type as text', async () => {
    expect(await connect().text()).toMatchObject({ status: 200, body: 'plain' })
  })

  it('repeats safely with a key of its own', async () => {
    const api = connect()
    const input = { body: { title: 'Milk', weight: 1 }, idempotencyKey: 'say "k" \\' }
    const [first, second] = [await api.notes.create(input), await api.notes.create(input)]
    expect(second.body).toEqual(first.body)
    expect(requests.at(-1)?.headers.get('idempotency-key')).toBe('"say \\"k\\" \\\\"')
  })

  it('reaches an app without a network', async () => {
    const api = client<typeof app>(app, { headers: { authorization: 'Bearer ada' } })
    expect(await api.notes.list()).toMatchObject({ status: 200, body: { items: [] } })
  })

  it('asks for headers and token before each call', async () => {
    let count = 0
    const api = connect({
      headers: async () => ({ 'x-one': `${++count}` }),
      token: async () => `ada:${count}`,
    })
    await api.deep.er.echo({ params: { what: 'a', more: 'b' } })
    const { body } = await api.deep.er.echo({ params: { what: 'a', more: 'b' } })
    expect(body).toMatchObject({ header: '3' })
    expect(requests.at(-1)?.headers.get('authorization')).toBe('Bearer ada:3')
  })
})

describe('the routes', () => {
  it('are fetched once for any number of calls', async () => {
    const api = connect()
    await Promise.all([api.text(), api.text(), api.notes.list()])
    const fetched = requests.filter(({ url }) => url.endsWith('/operations.json'))
    expect(fetched).toHaveLength(1)
    expect(requests).toHaveLength(4)
  })

  it('are not fetched when they are given', async () => {
    const operations = { text: ['GET', '/text'] } as const
    expect(await connect({ operations }).text()).toMatchObject({ body: 'plain' })
    expect(requests).toHaveLength(1)
  })

  it('are fetched again after they could not be', async () => {
    let down = true
    const api = connect({
      retries: 0,
      fetch: async (request) => {
        if (down) throw new TypeError('connection refused')
        return app.fetch(request)
      },
    })
    expect(await api.text()).toMatchObject({
      status: 0,
      body: { code: 'network', detail: expect.stringContaining('no answer from') },
    })
    down = false
    expect(await api.text()).toMatchObject({ status: 200 })
  })

  it('name what there is when an operation is unknown', async () => {
    const api = connect() as unknown as { notes: { lst(): Promise<unknown> } }
    await expect(api.notes.lst()).rejects.toThrow(/"notes.lst" is no operation; there are: notes.l/)
    const proto = connect() as unknown as { constructor(): Promise<unknown> }
    await expect(proto.constructor()).rejects.toMatchObject({ code: 'unknown_operation' })
  })

  it('must be routes', async () => {
    for (const body of ['null', '[]x', '"text"', '{"text":["GET"]}', '<html>']) {
      const fetch: Fetch = async () =>
        new Response(body, { headers: { 'content-type': 'application/json' } })
      const answer = await connect({ fetch, retries: 0 }).text()
      expect(answer).toMatchObject({ status: 0, body: { code: 'no_routes' } })
    }
  })
})

describe('a call without an answer', () => {
  it('results in status 0 with its cause', async () => {
    const cause = new TypeError('connection refused')
    const operations = { text: ['GET', '/text'] } as const
    const fetch: Fetch = () => Promise.reject(cause)
    const answer = await connect({ operations, fetch, retries: 0 }).text()
    expect(answer).toMatchObject({
      status: 0,
      body: {
        title: 'No Answer',
        code: 'network',
        detail: 'text: no answer from https://shop.example',
        cause: { code: 'network', cause },
      },
    })
  })

  it('needs a base URL that is one', () => {
    expect(() => client('localhost:3000')).toThrow(
      'client(): "localhost:3000" is no base URL, such as http://localhost:3000',
    )
    for (const base of ['', '/', '/api', 'http://localhost:3000/']) client(base)
  })

  it('rejects with the reason of its signal', async () => {
    const reason = new Error('changed my mind')
    const signal = AbortSignal.abort(reason)
    await expect(connect().notes.list({ signal })).rejects.toBe(reason)
  })

  it.each(['', '.', '..', undefined])('is not sent with %j in its path', async (what) => {
    const call = connect().deep.er.echo({ params: { what: what as string, more: 'x' } })
    await expect(call).rejects.toMatchObject({ code: 'invalid_params' })
  })

  it('gives a problem in the place of a gateway that speaks no JSON', async () => {
    const operations = { text: ['GET', '/text'] } as const
    const fetch: Fetch = async () =>
      new Response('<h1>Bad Gateway</h1>', {
        status: 502,
        headers: { 'content-type': 'text/html' },
      })
    expect(await connect({ operations, fetch, retries: 0 }).text()).toMatchObject({
      status: 502,
      body: { status: 502, code: 'unexpected_answer', detail: '<h1>Bad Gateway</h1>' },
    })
  })
})

describe('the tree', () => {
  it('is no promise, so it can be awaited and passed on', async () => {
    const api = connect()
    expect(typeof (await api)).toBe('function')
    expect(await Promise.resolve(api.notes)).toBe(api.notes)
  })
})
