import { resource } from 'plinth/api'
import { client } from 'plinth/client'
import { type Database, id, table } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { blog } from './blog.ts'
import { actorId, app, database, type Received, type Sent, send } from './fixture.ts'

let db: Database
let call: (line: string, sent?: Sent) => Promise<Received>
let posts: string[]

const ada = actorId('ada')
const bob = actorId('bob')
const tree = () => ({
  posts: resource(blog.posts, {
    fields: true,
    list: { total: true, defaultOrder: { title: 'asc' } },
    include: {
      writer: { select: ['id', 'name'] },
      comments: { orderBy: { text: 'asc' }, limit: 2, include: { writer: true } },
    },
  }),
  authors: resource(blog.authors, {
    select: ['id', 'name'],
    include: { posts: { select: ['title'] } },
  }),
  bare: resource(blog.posts, { path: '/bare' }),
})
const tested = () => app(tree(), { database: db })

beforeEach(async () => {
  db = await database(Object.values(blog))
  for (const name of ['ada', 'bob']) {
    await db.system.create(blog.authors, { id: actorId(name), name, email: `${name}@example.com` })
  }
  posts = []
  for (const [title, author, draft] of [
    ['A', ada, false],
    ['B', ada, true],
    ['C', bob, false],
    ['D', bob, true],
  ] as const) {
    const { id } = await db.system.create(blog.posts, { title, author, draft, meta: null })
    posts.push(id)
    for (const text of ['c', 'a', 'b']) {
      await db.system.create(blog.comments, { post: id, by: bob, text, hidden: text === 'a' })
    }
  }
  const one = tested()
  call = (line, sent) => send(one, line, { as: 'ada', ...sent })
})
afterEach(() => db.close())

describe('what of a row is asked for', () => {
  it('is some of its columns', async () => {
    const { body } = await call('GET /posts?fields=title,stars')
    expect(body.items).toEqual([
      { title: 'A', stars: 0 },
      { title: 'B', stars: 0 },
      { title: 'C', stars: 0 },
    ])
    expect((await call(`GET /posts/${posts[0]}?fields=title`)).body).toEqual({ title: 'A' })
  })

  it('is related rows, as many and in such order as declared', async () => {
    const { body } = await call(`GET /posts/${posts[0]}?include=writer,comments`)
    expect(body.writer).toEqual({ id: ada, name: 'ada' })
    expect(body.comments).toMatchObject([{ text: 'b' }, { text: 'c' }])
    expect(body.comments[0]).not.toHaveProperty('writer')
    const list = await call('GET /posts?include=comments.writer&limit=1')
    expect(list.body.items[0].comments[0].writer).toMatchObject({ name: 'bob', email: null })
  })

  it('is some columns of related rows, which come by being named', async () => {
    const { body } = await call('GET /posts?fields=title,comments.text,comments.writer.name')
    expect(body.items[0]).toEqual({
      title: 'A',
      comments: [
        { text: 'b', writer: { name: 'bob' } },
        { text: 'c', writer: { name: 'bob' } },
      ],
    })
    const whole = await call(`GET /posts/${posts[0]}?fields=writer.name`)
    expect(whole.body).toMatchObject({ title: 'A', writer: { name: 'ada' } })
  })

  it('[ASVS 15.3.1] is nothing that is not asked for', async () => {
    expect((await call('GET /posts')).body.items[0]).not.toHaveProperty('comments')
    expect((await call(`GET /authors/${bob}?include=posts`)).body).toEqual({
      id: bob,
      name: 'bob',
      posts: [{ title: 'C' }],
    })
  })

  it.each([
    'fields=',
    'fields=nothing',
    'fields=title,title',
    'fields=title,',
    'fields=title&fields=stars',
    'fields=__proto__',
    'fields=constructor',
    'fields=toString',
    'fields=writer',
    'fields=writer.email',
    'fields=writer.posts.title',
    'fields=comments.on.title',
    'fields=.title',
    'fields=title%00',
    'fields=*',
    'include=',
    'include=nothing',
    'include=writer,writer',
    'include=title',
    'include=comments.on',
    'include=comments.writer.posts',
    'include=comments.on.comments.on.comments.on.comments.on.comments',
    'include=__proto__',
    'include=comments.__proto__',
    'include=writer.',
    'include[writer]=1',
    `include=${Array(999).fill('writer').join(',')}`,
    `fields=${Array.from({ length: 3000 }, (_, at) => `f${at}`).join(',')}`,
    `include=${'comments.'.repeat(2000)}writer`,
    'total=1',
    'total=',
  ])('[family 20] [ASVS 15.3.7] is refused when it means nothing: %.60s', async (query) => {
    for (const at of ['/posts', `/posts/${posts[0]}`]) {
      const { status, body } = await call(`GET ${at}?${query}`)
      expect([status, body.code], JSON.stringify(body)).toEqual([422, 'invalid_input'])
    }
  })

  it('is refused where the resource offers nothing', async () => {
    for (const query of ['fields=title', 'include=writer', 'total=true']) {
      expect((await call(`GET /bare?${query}`)).body.issues).toMatchObject([
        { path: `query.${query.split('=')[0]}`, message: 'Unknown key' },
      ])
      expect((await call(`GET /bare/${posts[0]}?${query}`)).status).toBe(422)
    }
  })

  it('is checked when it is declared', () => {
    const declare = (include: object) => () => resource(blog.posts, { include } as never)
    expect(declare({ nothing: true })).toThrow(/unknown relation "nothing"; relations are: writer/)
    expect(declare({ comments: { limit: 1001 } })).toThrow(/limit is 1001; expected 1 to 1000/)
    expect(declare({ writer: { limit: 1 } })).toThrow(/option "limit" is unknown/)
    expect(declare({ writer: { select: ['nam'] } })).toThrow(/include.writer: unknown column "nam"/)
    expect(declare({ comments: { include: { x: true } } })).toThrow(/unknown relation "x"/)
  })

  it('is described', async () => {
    const { body } = await call('GET /openapi.json')
    const { parameters, responses } = body.paths['/posts/{id}'].get
    const include = parameters.find(({ name }: { name: string }) => name === 'include')
    expect(new RegExp(include.schema.pattern).test('writer,comments.writer')).toBe(true)
    expect(new RegExp(include.schema.pattern).test('writer.posts')).toBe(false)
    const { $ref } = responses[200].content['application/json'].schema
    const row = body.components.schemas[$ref.split('/').at(-1)]
    expect(row.required).toEqual([])
    expect(row.properties.comments.items.properties.writer).toBeDefined()
    const authors = body.paths['/authors'].get.responses[200].content['application/json'].schema
    const item = body.components.schemas[authors.properties.items.items.$ref.split('/').at(-1)]
    expect(item.required).toEqual(['id', 'name'])
  })
})

describe('a page', () => {
  it('says how many rows there are when it is asked', async () => {
    expect((await call('GET /posts?limit=1&total=true')).body).toMatchObject({ total: 3 })
    expect((await call('GET /posts?total=true&title=C')).body).toMatchObject({ total: 1 })
    expect((await call('GET /posts?total=false')).body).not.toHaveProperty('total')
    expect((await call('GET /posts')).body).not.toHaveProperty('total')
  })

  it('links to the next page and to the first', async () => {
    const first = await call('GET /posts?limit=2&fields=title')
    expect(first.headers.get('link')).toMatch(
      /^<\/posts\?limit=2&fields=title&cursor=[\w.%-]+>; rel="next"$/,
    )
    const [, next] = /<(.*)>/.exec(first.headers.get('link') ?? '') ?? []
    const second = await call(`GET ${next}`)
    expect(second.body).toEqual({ items: [{ title: 'C' }], next: null })
    expect(second.headers.get('link')).toBe('</posts?limit=2&fields=title>; rel="first"')
    expect((await call('GET /posts')).headers.get('link')).toBeNull()
  })

  it('[ASVS 1.2.2] links to itself as it was asked for, and to nothing else', async () => {
    const link = async (query: string) => (await call(`GET /posts?${query}`)).headers.get('link')
    expect(await link('limit=1&title.ne=%3E%3B%20rel%3D%22x%22')).toContain(
      '<?limit=1'.replace('?', '/posts?'),
    )
    const raw = await link('limit=1&title.ne=a>;b"')
    expect(raw?.match(/[<>"]/g)).toHaveLength(4)
    const cursor = encodeURIComponent((await call('GET /posts?limit=1')).body.next)
    const odd = await link(`limit=1&c%75rsor=${cursor}`)
    expect(odd?.match(/cursor/g)).toHaveLength(1)
    expect(odd).not.toContain('c%75rsor')
  })

  it('has no links that no proxy would let through', async () => {
    const many = Array.from({ length: 90 }, (_, at) => `title.in=${'x'.repeat(40)}${at}`).join('&')
    const { status, headers } = await call(`GET /posts?limit=1&title.in=A&title.in=C&${many}`)
    expect([status, headers.get('link')]).toEqual([200, null])
  })

  it('goes on with what is included, and with that alone', async () => {
    const { body } = await call('GET /posts?limit=1&include=comments')
    const cursor = encodeURIComponent(body.next)
    const second = await call(`GET /posts?limit=1&include=comments&cursor=${cursor}`)
    expect(second.body.items[0].comments).toHaveLength(2)
    for (const [as, query] of [
      ['bob', ''],
      ['ada', '&title=A'],
      ['ada', '&order=stars'],
    ]) {
      const answer = await call(`GET /posts?cursor=${cursor}${query}`, { as: as as string })
      expect(answer.body.code).toBe('invalid_cursor')
    }
  })
})

describe('names that columns share with the query', () => {
  it('mean the column unless the resource uses the word', async () => {
    const sums = table(
      'sums',
      { id: id(), total: v.number(), fields: v.string(), include: v.string() },
      { policy: { all: true } },
    )
    const own = await database([sums])
    const own1 = app({ sums: resource(sums) }, { database: own })
    await send(own1, 'POST /sums', { body: { total: 5, fields: 'a', include: 'b' } })
    const { body } = await send(own1, 'GET /sums?total=5&fields=a&include=b')
    expect(body.items).toHaveLength(1)
    const asked = app(
      { sums: resource(sums, { fields: true, list: { total: true } }) },
      { database: own },
    )
    const both = await send(
      asked,
      'GET /sums?total=true&total.eq=5&fields=total,fields&fields.eq=a',
    )
    expect(both.body).toEqual({ items: [{ total: 5, fields: 'a' }], next: null, total: 1 })
    await own.close()
  })
})

describe('hidden rows', () => {
  it('[family 20] [ASVS 8.2.2] change no answer byte for byte', async () => {
    const queries = [
      '/posts?include=comments,writer&total=true',
      '/posts?include=comments.writer&limit=1&total=true',
      '/posts?fields=title,comments.text&order=-title',
      `/posts/${posts[0]}?include=comments.writer`,
      `/authors/${bob}?include=posts`,
      '/authors?include=posts&limit=1',
    ]
    const look = () =>
      Promise.all(
        queries.map(async (at) => {
          const { status, headers, text } = await call(`GET ${at}`)
          return [status, text, headers.get('link'), headers.get('etag')]
        }),
      )
    const before = await look()
    await db.system.updateMany(blog.comments, { hidden: true }, { text: 'other' })
    await db.system.delete(blog.posts, posts[3] ?? '')
    for (const title of ['AA', 'E']) {
      await db.system.create(blog.posts, { title, author: bob, draft: true, meta: null })
    }
    await db.system.create(blog.comments, {
      post: posts[0] ?? '',
      by: bob,
      text: 'aa',
      hidden: true,
    })
    expect(await look()).toEqual(before)
  })

  it('[family 20] [ASVS 8.2.3] are not asked about by a column that a rule hides', async () => {
    const { status, body } = await call('GET /authors?email=bob@example.com')
    expect([status, body.code]).toEqual([422, 'invalid_input'])
    expect((await call('GET /authors?order=email')).status).toBe(422)
  })
})

describe('the types of what is asked for', () => {
  it('have related rows that may be missing', () => {
    const api = client<ReturnType<typeof tested>>('https://app.test')
    type Author = Extract<Awaited<ReturnType<typeof api.authors.get>>, { status: 200 }>['body']
    expectTypeOf<Author['name']>().toEqualTypeOf<string>()
    expectTypeOf<NonNullable<Author['posts']>[number]>().toEqualTypeOf<{ title: string }>()
    expectTypeOf<undefined>().toExtend<Author['posts']>()
    type Post = Extract<Awaited<ReturnType<typeof api.posts.get>>, { status: 200 }>['body']
    expectTypeOf<Post['title']>().toEqualTypeOf<string | undefined>()
    type Comment = NonNullable<Post['comments']>[number]
    expectTypeOf<NonNullable<Comment['writer']>['name']>().toEqualTypeOf<string>()
    type Bare = Extract<Awaited<ReturnType<typeof api.bare.get>>, { status: 200 }>['body']
    expectTypeOf<Bare['createdAt']>().toEqualTypeOf<string>()
  })
})
