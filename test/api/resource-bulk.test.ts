import { resource, role } from 'plinth/api'
import { column, type Database, table } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { blog } from './blog.ts'
import { actorId, app, database, type Received, type Sent, send } from './fixture.ts'

let db: Database
let call: (line: string, sent?: Sent) => Promise<Received>
let ids: string[]

const ada = actorId('ada')
const bob = actorId('bob')
const missing = '00000000-0000-7000-8000-000000000000'
const post = { title: 'One', author: ada, meta: null }
const codes = table(
  'codes',
  { code: column(v.string(), { primaryKey: true }) },
  { policy: { all: true } },
)

beforeEach(async () => {
  db = await database(Object.values(blog))
  for (const name of ['ada', 'bob']) {
    await db.system.create(blog.authors, { id: actorId(name), name, email: null })
  }
  const tree = {
    posts: resource(blog.posts, { bulk: { create: 3, update: 3, delete: 3 }, idempotent: true }),
    staffed: resource(blog.posts, {
      path: '/staffed',
      bulk: { create: 3, update: 3, delete: 3 },
      guard: { create: role('staff'), update: role('staff'), delete: role('staff') },
    }),
    few: resource(blog.posts, { path: '/few', bulk: { create: 3 } }),
  }
  const tested = app(tree, { database: db })
  call = (line, sent) => send(tested, line, { as: 'ada', ...sent })
  const made = await db.system.createMany(
    blog.posts,
    ['A', 'B', 'C'].map((title) => ({ ...post, title })),
  )
  ids = made.map(({ id }) => id)
})
afterEach(() => db.close())

const titles = async () => (await db.system.list(blog.posts)).items.map(({ title }) => title)

describe('creating many rows', () => {
  it('answers with all of them in order', async () => {
    const rows = ['X', 'Y', 'Z'].map((title) => ({ ...post, title }))
    const { status, body } = await call('POST /posts/bulk', { body: rows })
    expect(status).toBe(201)
    expect(body.items).toMatchObject(rows.map(({ title }) => ({ title, stars: 0, version: 1 })))
    expect(await titles()).toEqual(['A', 'B', 'C', 'X', 'Y', 'Z'])
  })

  it.each([
    ['title', [post, { ...post, title: '' }], 'body.1.title', 422],
    ['rule', [post, post, { ...post, author: bob }], 'body.2', 403],
    ['number', [post, post, post, post], 'body', 422],
    ['lack', [], 'body', 422],
    ['shape', { 0: post }, 'body', 422],
    ['id', [{ ...post, id: missing }], 'body.0.id', 422],
  ])('is undone whole for the %s of one', async (_, body, path, status) => {
    const answer = await call('POST /posts/bulk', { body })
    expect([answer.status, answer.body.issues?.[0].path]).toEqual([status, path])
    expect(await titles()).toEqual(['A', 'B', 'C'])
  })

  it('is done once for a key that comes twice', async () => {
    const sent = { body: [post, post], headers: { 'idempotency-key': 'k' } }
    const [first, second] = [
      await call('POST /posts/bulk', sent),
      await call('POST /posts/bulk', sent),
    ]
    expect(second.text).toBe(first.text)
    expect(await titles()).toHaveLength(5)
  })
})

describe('changing many rows', () => {
  it('gives each a patch of its own', async () => {
    const body = [
      { id: ids[2], patch: { title: 'Z', meta: { room: '1' } } },
      { id: ids[0], patch: { stars: 5, version: 1 } },
    ]
    const { status, body: answer } = await call('PATCH /posts/bulk', { body })
    expect(status).toBe(200)
    expect(answer.items).toMatchObject([
      { id: ids[2], title: 'Z', meta: { room: '1' } },
      { id: ids[0], stars: 5, version: 2 },
    ])
    expect(await titles()).toEqual(['A', 'B', 'Z'])
  })

  it('[ASVS 2.3.3] is undone whole for one that cannot be', async () => {
    const hidden = await db.system.create(blog.posts, { ...post, author: bob, draft: true })
    const good = { id: ids[0], patch: { title: 'Changed' } }
    const cases: [unknown, string, number][] = [
      [[good, { id: missing, patch: {} }], 'body.1', 404],
      [[good, { id: hidden.id, patch: {} }], 'body.1', 404],
      [[good, { id: 'x', patch: {} }], 'body.1', 404],
      [[good, { id: ids[1], patch: { version: 9 } }], 'body.1', 409],
      [[good, { id: ids[1], patch: { author: bob } }], 'body.1', 403],
      [[good, { id: ids[1], patch: { title: null } }], 'body.1.patch.title', 422],
      [[good, { id: ids[1], patch: { meta: { seats: 1 } } }], 'body.1.patch.meta.room', 422],
      [[good, good], 'body.1', 422],
      [[good, { id: ids[1] }], 'body.1.patch', 422],
      [[good, { id: ids[1], patch: {}, title: 'x' }], 'body.1.title', 422],
      [Array(4).fill(good), 'body', 422],
    ]
    for (const [body, path, status] of cases) {
      const answer = await call('PATCH /posts/bulk', { body })
      expect([answer.status, answer.body.issues[0].path]).toEqual([status, path])
    }
    expect(await titles()).toEqual(['A', 'B', 'C', 'One'])
    const [, one, other] = await Promise.all(
      cases.slice(0, 3).map(([body]) => call('PATCH /posts/bulk', { body })),
    )
    expect(one?.text).toBe(other?.text)
  })
})

describe('deleting many rows', () => {
  it('deletes all of them or none', async () => {
    const some = `id=${ids[0]}&id=${ids[2]}`
    expect((await call(`DELETE /posts/bulk?${some}&id=${missing}`)).body).toMatchObject({
      code: 'not_found',
      issues: [{ path: 'query.id.2' }],
    })
    expect(await titles()).toEqual(['A', 'B', 'C'])
    expect((await call(`DELETE /posts/bulk?${some}`)).status).toBe(204)
    expect(await titles()).toEqual(['B'])
  })

  it.each(['', '?id=', '?id=a&id=a', '?title=A', '?id=a&id=b&id=c&id=d', '?id=a%00'])(
    'is never a guess: %j',
    async (query) => {
      const { status } = await call(`DELETE /posts/bulk${query}`)
      expect(status).toBe(query === '?id=' ? 404 : 422)
      expect(await titles()).toHaveLength(3)
    },
  )

  it('[ASVS 8.2.2] counts nothing of somebody else', async () => {
    const theirs = await db.system.create(blog.posts, { ...post, author: bob })
    const foreign = await call(`DELETE /posts/bulk?id=${ids[0]}&id=${theirs.id}`)
    const absent = await call(`DELETE /posts/bulk?id=${ids[0]}&id=${missing}`)
    expect([foreign.status, foreign.text]).toEqual([404, absent.text])
    expect(await titles()).toHaveLength(4)
  })
})

describe('the guards of many', () => {
  it('[ASVS 8.2.1] are those of one', async () => {
    const bodies = { POST: [post], PATCH: [{ id: ids[0], patch: {} }], DELETE: undefined }
    for (const [method, body] of Object.entries(bodies)) {
      const line = `${method} /staffed/bulk${method === 'DELETE' ? `?id=${ids[0]}` : ''}`
      expect((await call(line, { body })).status).toBe(403)
      expect((await call(line, { body, as: 'ada:staff' })).status).toBeLessThan(300)
    }
    expect((await call(`PUT /staffed/${ids[1]}`, { body: post })).status).toBe(403)
  })
})

describe('the option', () => {
  it('offers what it names', async () => {
    const { status, headers } = await call('PATCH /few/bulk', { body: [] })
    expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    expect(Object.keys(resource(blog.posts, { only: [], bulk: { delete: 5 } }))).toEqual([
      'deleteMany',
    ])
    expect(Object.keys(resource(blog.posts))).not.toContain('createMany')
  })

  it.each([
    [{ create: 0 }, /create is 0; expected 1 to 1000/],
    [{ update: 1001 }, /update is 1001/],
    [{ creat: 5 }, /option "creat" is unknown/],
  ])('is checked: %j', (bulk, message) => {
    expect(() => resource(blog.posts, { bulk } as never)).toThrow(message)
  })

  it('is refused where a row could have its path', () => {
    expect(() => resource(codes, { bulk: { create: 5 } })).toThrow(/a row with the code "bulk"/)
  })
})
