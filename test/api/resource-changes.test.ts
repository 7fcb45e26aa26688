import { resource, role } from 'plinth/api'
import { column, type Database, id, table, version } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mergePatch } from '../../src/api/resource/merge-patch.ts'
import { blog } from './blog.ts'
import { actorId, app, database, type Received, type Sent, send } from './fixture.ts'

let db: Database
let call: (line: string, sent?: Sent) => Promise<Received>
let path: string

const ada = actorId('ada')
const bob = actorId('bob')
const missing = '00000000-0000-7000-8000-000000000000'
const post = { title: 'One', author: ada, meta: null }

const shelves = table(
  'shelves',
  {
    code: column(v.pipe(v.string(), v.maxLength(5)), { primaryKey: true }),
    room: v.string(),
    owner: v.optional(v.string()),
    version: version(),
  },
  {
    policy: {
      all: (actor) => ({ or: [{ owner: null }, { owner: actor.id }] }),
      create: () => true,
    },
  },
)

beforeEach(async () => {
  db = await database([...Object.values(blog), shelves])
  for (const name of ['ada', 'bob']) {
    await db.system.create(blog.authors, { id: actorId(name), name, email: `${name}@example.com` })
  }
  const tree = {
    posts: resource(blog.posts, { path: '/posts', replace: 'upsert' }),
    fixed: resource(blog.posts, { path: '/fixed', readonly: ['stars'] }),
    authors: resource(blog.authors, { only: ['get', 'replace', 'update'] }),
    shelves: resource(shelves, { replace: 'upsert' }),
    guarded: resource(shelves, {
      path: '/guarded',
      replace: 'upsert',
      guard: { create: role('staff') },
    }),
  }
  const tested = app(tree, { database: db })
  call = (line, sent) => send(tested, line, { as: 'ada', ...sent })
  path = (await call('POST /posts', { body: post })).headers.get('location') ?? ''
})
afterEach(() => db.close())

describe('replacing a row', () => {
  it('sets what the body names and clears the rest', async () => {
    const full = { ...post, body: 'x', stars: 3, draft: true, tags: ['a'], meta: { room: '1' } }
    await call(`PATCH ${path}`, { body: full })
    const { status, body } = await call(`PUT ${path}`, { body: { ...post, title: 'Two' } })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ title: 'Two', body: null, stars: 0, draft: false, tags: [], meta: null, version: 3 },
    })
  })

  it('answers alike for a row that is hidden and for one that is not there', async () => {
    const { id } = await db.system.create(blog.posts, { ...post, author: bob, draft: true })
    const hidden = await call(`PUT /fixed/${id}`, { body: post })
    const absent = await call(`PUT /fixed/${missing}`, { body: post })
    expect([hidden.status, hidden.text]).toEqual([404, absent.text])
    expect([...hidden.headers]).toEqual([...absent.headers])
  })

  it('[ASVS 15.3.3] takes a whole row and nothing else', async () => {
    const place = async (body: unknown) =>
      (await call(`PUT ${path}`, { body })).body.issues?.map((each: { path: string }) => each.path)
    expect(await place({ author: ada, meta: null })).toEqual(['body.title'])
    expect(await place({ ...post, id: missing })).toEqual(['body.id'])
    expect(await place({ ...post, version: 1 })).toEqual(['body.version'])
    expect(await place({ ...post, createdAt: '2026-01-01T00:00:00Z' })).toEqual(['body.createdAt'])
    expect(await place([])).toEqual(['body'])
  })

  it('leaves alone what a client may not set', async () => {
    const at = path.replace('posts', 'fixed')
    await db.system.update(blog.posts, path.slice(7), { stars: 4 })
    expect((await call(`PUT ${at}`, { body: post })).body.stars).toBe(4)
  })

  it('does not wipe a column with rules that the body leaves out', async () => {
    const { body } = await call(`PUT /authors/${ada}`, { body: { name: 'Ada' } })
    expect(body).toMatchObject({ name: 'Ada', email: 'ada@example.com' })
    const named = await call(`PUT /authors/${ada}`, { body: { name: 'Ada', email: null } })
    expect(named.body.email).toBeNull()
  })

  it('creates nothing unless that is declared', async () => {
    expect((await call(`PUT /fixed/${missing}`, { body: post })).status).toBe(404)
    const { status, headers } = await call(`PUT /posts/${missing}`, { body: post })
    expect([status, headers.get('etag')?.slice(0, 3)]).toEqual([201, '"1.'])
    expect((await call(`PUT /posts/${missing}`, { body: post })).status).toBe(200)
    expect((await call('PUT /posts/no-uuid', { body: post })).status).toBe(404)
  })

  it('creates only where it must not replace', async () => {
    const only = { headers: { 'if-none-match': '*' } }
    const put = (at: string) => call(`PUT ${at}`, { body: post, ...only })
    expect((await put(`/posts/${missing}`)).status).toBe(201)
    expect((await put(`/posts/${missing}`)).body.code).toBe('precondition_failed')
    expect((await put(path)).status).toBe(412)
    expect((await put(path.replace('posts', 'fixed'))).status).toBe(412)
    const match = { headers: { 'if-match': '*' } }
    const absent = missing.replace('8000', '8001')
    expect((await call(`PUT /posts/${absent}`, { body: post, ...match })).status).toBe(412)
  })

  it('takes the key that the path says', async () => {
    const put = (at: string, code: string) =>
      call(`PUT /shelves/${at}`, { body: { code, room: 'A' } })
    expect((await put('x', 'x')).status).toBe(201)
    expect((await put('x', 'x')).status).toBe(200)
    expect((await put('x', 'y')).body.issues).toEqual([
      { path: 'body.code', message: 'Expected the id of the path.' },
    ])
    expect((await put('too-long', 'too-long')).status).toBe(422)
  })

  it('[ASVS 8.2.2] never takes over a row out of sight', async () => {
    await db.system.create(shelves, { code: 'b', room: 'B', owner: bob })
    const put = (headers = {}) =>
      call('PUT /shelves/b', { body: { code: 'b', room: 'A' }, headers })
    expect((await put()).body.code).toBe('conflict')
    expect((await put({ 'if-none-match': '*' })).status).toBe(412)
    expect(await db.system.get(shelves, 'b')).toMatchObject({ room: 'B', version: 1 })
  })

  it('is one creation and many replacements for many who come at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        call('PUT /shelves/n', { body: { code: 'n', room: `${at}` } }),
      ),
    )
    expect(all.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201])
    expect(await db.system.get(shelves, 'n')).toMatchObject({ version: 10 })
  })

  it('asks the guard of creating where it may create', async () => {
    const put = (as: string) => call('PUT /guarded/g', { as, body: { code: 'g', room: 'A' } })
    expect((await put('ada')).status).toBe(403)
    expect((await put('ada:staff')).status).toBe(201)
  })
})

describe('a merge patch', () => {
  const patch = (body: unknown) => call(`PATCH ${path}`, { body })

  it('comes under its own media type as well', async () => {
    const typed = (type: string) =>
      call(`PATCH ${path}`, { text: '{"stars":2}', headers: { 'content-type': type } })
    expect((await typed('application/merge-patch+json')).status).toBe(200)
    expect((await typed('application/json')).status).toBe(200)
    expect((await typed('application/json-patch+json')).status).toBe(415)
  })

  it('clears with null what a row can be without', async () => {
    await patch({ body: 'x', stars: 3, tags: ['a'], meta: { room: '1' } })
    const { body } = await patch({ body: null, stars: null, tags: null, meta: null })
    expect(body).toMatchObject({ body: null, stars: 0, tags: [], meta: null })
    expect((await patch({ title: null })).body.issues).toMatchObject([{ path: 'body.title' }])
  })

  it('goes into the object that a column holds', async () => {
    await patch({ meta: { room: '1', seats: 4, deep: { a: { b: 1, c: 2 }, list: [1, 2] } } })
    const { body } = await patch({ meta: { seats: null, deep: { a: { b: null }, list: [3] } } })
    expect(body.meta).toEqual({ room: '1', deep: { a: { c: 2 }, list: [3] } })
  })

  it('makes an object of nothing', async () => {
    expect((await patch({ meta: { seats: 1 } })).body.issues).toEqual([
      { path: 'body.meta.room', message: 'Missing' },
    ])
    expect((await patch({ meta: { room: '2', seats: null } })).body.meta).toEqual({ room: '2' })
  })

  it('finds nothing to go into where the row is not there', async () => {
    const { id } = await db.system.create(blog.posts, { ...post, author: bob, draft: true })
    const at = (key: string) => call(`PATCH /posts/${key}`, { body: { meta: { seats: 1 } } })
    const [hidden, absent] = [await at(id), await at(missing)]
    expect([hidden.status, hidden.text]).toEqual([404, absent.text])
  })

  it('is held against the schema of what comes of it', async () => {
    await patch({ meta: { room: '1' } })
    const place = async (meta: unknown) => (await patch({ meta })).body.issues?.[0].path
    expect(await place({ room: null })).toBe('body.meta.room')
    expect(await place({ seats: 'many' })).toBe('body.meta.seats')
    expect(await place({ more: 1 })).toBe('body.meta.more')
    expect(await place([])).toBe('body.meta')
    expect(await place('x')).toBe('body.meta')
    expect((await call(`GET ${path}`)).body.meta).toEqual({ room: '1' })
  })

  it.each(['[]', 'null', '"x"', '[{"stars":1}]', '1'])('is an object and not %s', async (text) => {
    expect((await call(`PATCH ${path}`, { text })).body.issues).toMatchObject([{ path: 'body' }])
  })

  it('replaces lists', async () => {
    await patch({ tags: ['a', 'b'] })
    expect((await patch({ tags: ['c'] })).body.tags).toEqual(['c'])
    expect((await patch({ tags: { 0: 'd' } })).status).toBe(422)
  })

  it('[family 8] [ASVS 15.3.6] lets no prototype through', async () => {
    await patch({ meta: { room: '1', deep: {} } })
    const text = '{"meta":{"deep":{"__proto__":{"admin":true}}}}'
    expect((await call(`PATCH ${path}`, { text })).status).toBe(422)
    const own = await patch({ meta: { deep: { constructor: { prototype: { admin: true } } } } })
    // A record of valibot takes no such name.
    expect(own.body.meta.deep).toEqual({})
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    const merged = mergePatch(
      JSON.parse('{"__proto__":{"a":1}}'),
      JSON.parse('{"__proto__":{"b":2}}'),
    )
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"a":1,"b":2}}')
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
  })

  it('is refused when it is nested too deep or holds NUL', async () => {
    const deep = `{"meta":{"deep":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}}`
    expect((await call(`PATCH ${path}`, { text: deep })).status).toBe(400)
    const nul = '{"meta":{"room":"a\\u0000b"}}'
    expect((await call(`PATCH ${path}`, { text: nul })).status).toBe(422)
  })

  it('[ASVS 15.4.2] loses nothing to another one at the same time', async () => {
    await patch({ meta: { room: '1', deep: {} } })
    const names = Array.from({ length: 8 }, (_, at) => `k${at}`)
    const answers = await Promise.all(
      names.map((name) => patch({ meta: { deep: { [name]: true } } })),
    )
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200))
    expect(Object.keys((await call(`GET ${path}`)).body.meta.deep).sort()).toEqual(names)
  })

  it('follows the examples of RFC 7396', () => {
    // Appendix A.
    const examples: [unknown, unknown, unknown][] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['c', 'd'],
      ],
      [{ a: 'b' }, ['c'], ['c']],
      [{ a: 'foo' }, null, null],
      [{ a: 'foo' }, 'bar', 'bar'],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ]
    for (const [target, patch, merged] of examples)
      expect(mergePatch(target, patch)).toEqual(merged)
  })
})

describe('a resource of notes that are one object', () => {
  it('is merged whatever wraps the object', async () => {
    const things = table(
      'things',
      {
        id: id(),
        any: v.optional(v.unknown()),
        either: v.union([
          v.array(v.number()),
          v.object({ a: v.optional(v.number()), b: v.number() }),
        ]),
      },
      { policy: { all: true } },
    )
    const own = await database([things])
    const tested = app({ things: resource(things) }, { database: own })
    const { headers } = await send(tested, 'POST /things', { body: { either: [1], any: { x: 1 } } })
    const at = headers.get('location')
    const change = (body: unknown) => send(tested, `PATCH ${at}`, { body })
    expect((await change({ any: { y: { z: 2 } } })).body.any).toEqual({ x: 1, y: { z: 2 } })
    expect((await change({ either: { b: 2 } })).body.either).toEqual({ b: 2 })
    expect((await change({ either: { a: 1 } })).body.either).toEqual({ a: 1, b: 2 })
    expect((await change({ either: [2] })).body.either).toEqual([2])
    await own.close()
  })
})
