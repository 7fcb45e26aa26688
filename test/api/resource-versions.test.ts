import { resource } from 'plinth/api'
import { type Database, id, table, version } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { blog } from './blog.ts'
import { actorId, app, database, type Received, type Sent, send } from './fixture.ts'

let db: Database
let call: (line: string, sent?: Sent) => Promise<Received>
let path: string
let etag: string

const ada = actorId('ada')
const post = { title: 'One', author: ada, meta: null }
const missing = '/posts/00000000-0000-7000-8000-000000000000'
const plain = table('plain', { id: id(), name: v.string() }, { policy: { all: true } })

beforeEach(async () => {
  db = await database([...Object.values(blog), plain])
  for (const name of ['ada', 'bob']) {
    await db.system.create(blog.authors, { id: actorId(name), name, email: `${name}@example.com` })
  }
  const tree = {
    posts: resource(blog.posts, { fields: true, include: { comments: true } }),
    authors: resource(blog.authors),
    plain: resource(plain),
    strict: resource(blog.posts, { path: '/strict', requireMatch: true, bulk: { update: 9 } }),
  }
  const tested = app(tree, { database: db })
  call = (line, sent) => send(tested, line, { as: 'ada', ...sent })
  const created = await call('POST /posts', { body: post })
  path = created.headers.get('location') ?? ''
  etag = created.headers.get('etag') ?? ''
})
afterEach(() => db.close())

const ifMatch = (tag: string): Sent => ({ headers: { 'if-match': tag } })
const patch = (body: object, tag: string): Sent => ({ body, ...ifMatch(tag) })

describe('the tag of a row', () => {
  it('is the same however the row was answered', async () => {
    expect(etag).toMatch(/^"1\.[a-z0-9]+"$/)
    expect((await call(`GET ${path}`)).headers.get('etag')).toBe(etag)
    const changed = (await call(`PATCH ${path}`, { body: { stars: 1 } })).headers.get('etag')
    expect(changed).toMatch(/^"2\./)
    expect((await call(`GET ${path}`)).headers.get('etag')).toBe(changed)
    expect((await call(`HEAD ${path}`)).headers.get('etag')).toBe(changed)
    const { headers } = await call(`PUT ${path}`, { body: { ...post, title: 'Two' } })
    expect((await call(`GET ${path}`)).headers.get('etag')).toBe(headers.get('etag'))
  })

  it('saves sending what the client has', async () => {
    const known = await call(`GET ${path}`, { headers: { 'if-none-match': `"x", ${etag}` } })
    expect([known.status, known.text, known.headers.get('etag')]).toEqual([304, '', etag])
    await call(`PATCH ${path}`, { body: { stars: 1 } })
    expect((await call(`GET ${path}`, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it('follows the rows that come with it', async () => {
    const [, , id = ''] = path.split('/')
    const get = () => call(`GET ${path}?include=comments`)
    const before = (await get()).headers.get('etag')
    await db.system.create(blog.comments, { post: id, by: ada, text: 'Hm' })
    const after = (await get()).headers.get('etag')
    expect(after).toMatch(/^"1\./)
    expect(after).not.toBe(before)
    expect((await call(`PATCH ${path}`, patch({ stars: 1 }, after ?? ''))).status).toBe(200)
  })

  it('is there without a version only when there is none', async () => {
    const { headers, body } = await call(`GET ${path}?fields=title`)
    expect([headers.get('etag'), body]).toEqual([etag, { title: 'One' }])
    const { headers: none } = await call('POST /plain', { body: { name: 'x' } })
    expect(none.get('etag')).toBeNull()
  })

  it('differs where a rule shows another answer', async () => {
    const versioned = table(
      'secrets',
      { id: id(), text: v.nullable(v.string()), version: version() },
      {
        policy: { all: () => true },
        fields: { text: { read: (actor) => actor.roles.includes('staff') } },
      },
    )
    const own = await database([versioned])
    const { id: key } = await own.system.create(versioned, { text: 'x' })
    const tested = app({ secrets: resource(versioned) }, { database: own })
    const tagOf = async (as: string) =>
      (await send(tested, `GET /secrets/${key}`, { as })).headers.get('etag')
    expect(await tagOf('ada')).not.toBe(await tagOf('ada:staff'))
    const sent = { as: 'ada', headers: { 'if-none-match': (await tagOf('ada:staff')) ?? '' } }
    expect((await send(tested, `GET /secrets/${key}`, sent)).status).toBe(200)
    await own.close()
  })
})

describe('If-Match', () => {
  const writes = [
    ['PATCH', { title: 'Two' }],
    ['PUT', { ...post, title: 'Two' }],
    ['DELETE', undefined],
  ] as const

  it.each(writes)('lets a %s through that was made from this version', async (method, body) => {
    expect((await call(`${method} ${path}`, { body, ...ifMatch(etag) })).status).toBeLessThan(300)
  })

  it.each(writes)('refuses a %s that was made from another', async (method, body) => {
    await call(`PATCH ${path}`, { body: { stars: 1 } })
    const { status, body: problem } = await call(`${method} ${path}`, { body, ...ifMatch(etag) })
    expect([status, problem.code]).toEqual([412, 'precondition_failed'])
    expect((await call(`GET ${path}`)).body).toMatchObject({ title: 'One', version: 2 })
  })

  it.each([
    ['*', 200],
    ['"1"', 200],
    ['"9", "1.other"', 200],
    ['W/"1.x"', 200],
    [' , "1",', 200],
    ['"2"', 412],
    ['"x"', 412],
    ['"01"', 412],
    ['"1e0"', 412],
    ['"9007199254740993"', 412],
    ['""', 412],
    ['1', 400],
    ['"1', 400],
    ['"1" "1"', 400],
    ["'1'", 400],
  ])('reads %s as its own and no other', async (tag, status) => {
    expect((await call(`PATCH ${path}`, patch({ stars: 1 }, tag))).status).toBe(status)
  })

  it('[ASVS 15.4.2] lets one of many writers through', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => call(`PATCH ${path}`, patch({ stars: at }, etag))),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19)
    const tries = await Promise.all(
      Array.from({ length: 9 }, (_, at) =>
        call(`${at % 2 ? 'DELETE' : 'PATCH'} ${path}`, patch({ stars: at }, '"2"')),
      ),
    )
    expect(tries.filter(({ status }) => status < 300)).toHaveLength(1)
  })

  it('holds beside the version in the body', async () => {
    const both = (tag: string, at: number) =>
      call(`PATCH ${path}`, patch({ stars: 1, version: at }, tag))
    expect((await both(etag, 7)).body.code).toBe('version_conflict')
    expect((await both('"7"', 1)).body.code).toBe('precondition_failed')
    expect((await both(etag, 1)).status).toBe(200)
  })

  it('[ASVS 8.2.2] tells nothing of a row that is hidden or missing', async () => {
    const hidden = await db.system.create(blog.posts, {
      ...post,
      author: actorId('bob'),
      draft: true,
    })
    for (const [method, body] of writes) {
      const answers = await Promise.all(
        [`/posts/${hidden.id}`, missing, '/posts/x'].flatMap((at) =>
          [etag, '*', '"x"'].map((tag) => call(`${method} ${at}`, { body, ...ifMatch(tag) })),
        ),
      )
      for (const { status, text } of answers)
        expect([status, text]).toEqual([404, answers[0]?.text])
    }
  })

  it('does not hide that a rule forbids the write', async () => {
    const { id } = await db.system.create(blog.posts, { ...post, author: actorId('bob') })
    const status = async (tag: string) =>
      (await call(`PATCH /posts/${id}`, patch({ stars: 1 }, tag))).status
    expect(await Promise.all([status('"1"'), status('"2"')])).toEqual([404, 412])
  })

  it('is never met where rows have no version', async () => {
    const { headers } = await call('POST /plain', { body: { name: 'x' } })
    const at = headers.get('location')
    expect((await call(`PATCH ${at}`, patch({ name: 'y' }, '"1"'))).status).toBe(412)
    expect((await call(`PATCH ${at}`, patch({ name: 'y' }, '*'))).status).toBe(200)
  })
})

describe('If-None-Match', () => {
  it('keeps a write from the versions that it names', async () => {
    const send = (tag: string) =>
      call(`PATCH ${path}`, { body: { stars: 1 }, headers: { 'if-none-match': tag } })
    expect((await send('*')).status).toBe(412)
    expect((await send('"1"')).status).toBe(412)
    expect((await send('"2"')).status).toBe(200)
  })
})

describe('a resource that demands a match', () => {
  it('answers 428 without one', async () => {
    const at = path.replace('posts', 'strict')
    for (const [method, body] of [
      ['PATCH', { stars: 1 }],
      ['PUT', post],
      ['DELETE', undefined],
    ] as const) {
      const { status, body: problem } = await call(`${method} ${at}`, { body })
      expect([status, problem.code]).toEqual([428, 'precondition_required'])
    }
    expect((await call(`PATCH ${at}`, patch({ stars: 1 }, etag))).status).toBe(200)
  })

  it('demands the version of each of many rows', async () => {
    const [, , id] = path.split('/')
    const send = (patch: object) => call('PATCH /strict/bulk', { body: [{ id, patch }] })
    expect((await send({ stars: 1 })).body.issues).toMatchObject([{ path: 'body.0.patch.version' }])
    expect((await send({ stars: 1, version: 7 })).body.code).toBe('version_conflict')
    expect((await send({ stars: 1, version: 1 })).status).toBe(200)
  })

  it('needs rows that have a version', () => {
    expect(() => resource(plain, { requireMatch: true })).toThrow(
      /needs a column that is a version/,
    )
    expect(() => resource(blog.posts, { requireMatch: true, bulk: { delete: 5 } })).toThrow(
      /delete cannot say which versions/,
    )
  })
})
