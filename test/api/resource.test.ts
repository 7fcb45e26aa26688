import { operation, resource, signedIn } from 'plinth/api'
import { type Database, id, table } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { actorId, app, database, type Received, type Sent, send } from './fixture.ts'
import { countries, notes, people } from './tables.ts'

let db: Database
let call: (line: string, sent?: Sent) => Promise<Received>

beforeEach(async () => {
  db = await database([people, notes, countries])
  for (const name of ['ada', 'bob']) {
    await db.system.create(people, { id: actorId(name), name })
  }
  const tested = app({ notes: resource(notes), countries: resource(countries) }, { database: db })
  call = (line, sent) => send(tested, line, { as: 'ada', ...sent })
})

afterEach(() => db.close())

const note = { title: 'Milk', weight: null }
const missing = '00000000-0000-7000-8000-000000000000'

describe('creating', () => {
  it('answers 201 with the row and its place', async () => {
    const { status, headers, body } = await call('POST /notes', { body: note })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/notes/${body.id}`)
    expect(body).toMatchObject({ owner: actorId('ada'), title: 'Milk', stars: 0, labels: [] })
    expect((await call(`GET /notes/${body.id}`)).body).toEqual(body)
  })

  it('carries instants, big integers and bytes as text', async () => {
    const values = { size: '9223372036854775807', due: '2026-01-31T10:00:00+01:00', seal: 'AP8=' }
    const { body } = await call('POST /notes', { body: { ...note, ...values } })
    expect(body).toMatchObject({ ...values, due: '2026-01-31T09:00:00.000Z' })
    expect(await db.system.get(notes, body.id)).toMatchObject({
      size: 9223372036854775807n,
      due: new Date('2026-01-31T09:00:00Z'),
      seal: Uint8Array.of(0, 255),
    })
  })

  it('runs the transformations of a column once', async () => {
    const { body } = await call('POST /notes', { body: { ...note, title: '  Milk  ' } })
    expect(body.title).toBe('Milk')
  })

  it.each(['id', 'owner', 'createdAt', 'changedAt'])('takes no %s from a client', async (name) => {
    const values = { id: missing, owner: actorId('bob'), createdAt: '2020-01-01T00:00:00Z' }
    const value = values[name as keyof typeof values] ?? '2020-01-01T00:00:00Z'
    const { status, body } = await call('POST /notes', { body: { ...note, [name]: value } })
    expect({ status, issues: body.issues }).toEqual({
      status: 422,
      issues: [{ path: `body.${name}`, message: 'Unknown key' }],
    })
    expect(await db.system.count(notes)).toBe(0)
  })

  it('reports every mistake at once', async () => {
    const { body } = await call('POST /notes', {
      body: {
        title: '',
        weight: 'heavy',
        size: 12,
        due: '2026-02-30T00:00:00Z',
        labels: [{ name: 1, more: 2 }],
        seal: 'A',
        admin: true,
      },
    })
    expect(body.issues.map(({ path }: { path: string }) => path).sort()).toEqual([
      'body.admin',
      'body.due',
      'body.labels.0.more',
      'body.labels.0.name',
      'body.seal',
      'body.size',
      'body.title',
      'body.weight',
    ])
  })

  it('never repeats a value in its complaint', async () => {
    const { text } = await call('POST /notes', { body: { title: 'x', weight: 'hunter2' } })
    expect(text).not.toContain('hunter2')
  })

  it('keeps the key that a client may choose', async () => {
    const sent = { as: 'ada:staff', body: { code: 'NO', name: 'Norway' } }
    const { status, headers } = await call('POST /countries', sent)
    expect([status, headers.get('location')]).toEqual([201, '/countries/NO'])
    expect((await call('POST /countries', sent)).body.code).toBe('conflict')
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-01-31',
    '2026-01-31T10:00:00',
    '2026-01-31T24:00:00Z',
    '2026-13-01T00:00:00Z',
    '31 Jan 2026 10:00:00 GMT',
    '+020260-01-31T10:00:00Z',
    1_700_000_000_000,
    {},
  ])('refuses %s as an instant', async (due) => {
    expect((await call('POST /notes', { body: { ...note, due } })).status).toBe(422)
  })

  it.each(['1.5', '1e3', ' 1', '0x10', '01', '9223372036854775808', '-9223372036854775809', 1, ''])(
    'refuses %s as a big integer',
    async (size) => {
      expect((await call('POST /notes', { body: { ...note, size } })).status).toBe(422)
    },
  )
})

describe('changing', () => {
  it('changes the columns that are named and no others', async () => {
    const { body: before } = await call('POST /notes', { body: note })
    const { status, body } = await call(`PATCH /notes/${before.id}`, { body: { stars: 5 } })
    expect(status).toBe(200)
    expect(body).toEqual({ ...before, stars: 5, changedAt: body.changedAt })
  })

  it('tells null from absent', async () => {
    const due = '2026-01-31T09:00:00.000Z'
    const { body } = await call('POST /notes', { body: { ...note, due } })
    expect((await call(`PATCH /notes/${body.id}`, { body: {} })).body.due).toBe(due)
    expect((await call(`PATCH /notes/${body.id}`, { body: { due: null } })).body.due).toBeNull()
    expect((await call(`PATCH /notes/${body.id}`, { body: { title: null } })).status).toBe(422)
  })

  it('does not reset a column to its default', async () => {
    const { body } = await call('POST /notes', { body: { ...note, stars: 3, pinned: true } })
    const patched = await call(`PATCH /notes/${body.id}`, { body: { title: 'Tea' } })
    expect(patched.body).toMatchObject({ stars: 3, pinned: true })
  })

  it.each(['id', 'owner', 'createdAt', 'changedAt'])('takes no %s', async (name) => {
    const { body: before } = await call('POST /notes', { body: note })
    const { status } = await call(`PATCH /notes/${before.id}`, { body: { [name]: missing } })
    expect(status).toBe(422)
    expect((await call(`GET /notes/${before.id}`)).body).toEqual(before)
  })
})

describe('a row that is not there', () => {
  it('is answered like one of somebody else, byte for byte', async () => {
    const { body: theirs } = await call('POST /notes', { as: 'bob', body: note })
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const sent = method === 'PATCH' ? { body: { stars: 1 } } : {}
      const foreign = await call(`${method} /notes/${theirs.id}`, sent)
      const absent = await call(`${method} /notes/${missing}`, sent)
      const senseless = await call(`${method} /notes/not-an-id`, sent)
      expect(foreign.status).toBe(404)
      for (const other of [absent, senseless]) {
        expect([other.status, other.text]).toEqual([foreign.status, foreign.text])
        expect([...other.headers]).toEqual([...foreign.headers])
      }
    }
    expect(await db.system.count(notes)).toBe(1)
  })

  it('is answered once it has been deleted', async () => {
    const { body } = await call('POST /notes', { body: note })
    expect((await call(`DELETE /notes/${body.id}`)).status).toBe(204)
    expect((await call(`DELETE /notes/${body.id}`)).status).toBe(404)
    expect((await call(`GET /notes/${body.id}`)).status).toBe(404)
  })
})

describe('listing', () => {
  async function titles(query: string): Promise<string[]> {
    const { status, body } = await call(`GET /notes?${query}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return body.items.map(({ title }: { title: string }) => title)
  }

  beforeEach(async () => {
    const rows = [
      { title: 'Apple', stars: 1, weight: 1.5, pinned: true, due: '2026-01-01T00:00:00Z' },
      { title: 'Bread', stars: 2, weight: null, size: '70000000000' },
      { title: 'Butter', stars: 2, weight: -2, due: '2026-03-01T00:00:00Z' },
    ]
    for (const body of rows) await call('POST /notes', { body })
    await call('POST /notes', { as: 'bob', body: { title: 'Hidden', weight: 0 } })
  })

  it.each([
    ['', ['Apple', 'Bread', 'Butter']],
    ['title=Bread', ['Bread']],
    ['title.ne=Bread', ['Apple', 'Butter']],
    ['title.in=Bread&title.in=Apple', ['Apple', 'Bread']],
    ['title.in=Bread', ['Bread']],
    ['title.startsWith=B', ['Bread', 'Butter']],
    ['title.contains=tt', ['Butter']],
    ['title.contains=%25', []],
    ['stars=2', ['Bread', 'Butter']],
    ['stars.gt=1&title.startsWith=Bu', ['Butter']],
    ['stars.gte=1&stars.lt=2', ['Apple']],
    ['weight=1.5', ['Apple']],
    ['weight.lt=0', ['Butter']],
    ['weight.is=null', ['Bread']],
    ['weight.is=set', ['Apple', 'Butter']],
    ['weight.is=set&weight.ne=-2', ['Apple']],
    ['size=70000000000', ['Bread']],
    ['pinned=true', ['Apple']],
    ['pinned.ne=true', ['Bread', 'Butter']],
    ['due.gte=2026-02-01T00:00:00Z', ['Butter']],
    ['due.lte=2026-01-01T01:00:00%2B01:00', ['Apple']],
    ['due.is=null', ['Bread']],
    ['seal.is=null&limit=1', ['Apple']],
    ['order=-title', ['Butter', 'Bread', 'Apple']],
    ['order=-stars,title', ['Bread', 'Butter', 'Apple']],
    [`owner=${actorId('bob')}`, []],
    [`owner.ne=${actorId('ada')}`, []],
  ])('answers %j', async (query, expected) => {
    expect(await titles(query)).toEqual(expected)
  })

  it('walks every page once in order', async () => {
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await call(`GET /notes?limit=1&order=-stars,title${cursor}`)
      seen.push(...body.items.map(({ title }: { title: string }) => title))
      cursor = body.next === null ? '' : `&cursor=${encodeURIComponent(body.next)}`
    } while (cursor !== '')
    expect(seen).toEqual(['Bread', 'Butter', 'Apple'])
  })

  it('refuses a cursor that is forged, foreign or of another list', async () => {
    const { body } = await call('GET /notes?limit=1')
    const next = encodeURIComponent(body.next)
    const forged = `${body.next.slice(0, -1)}${body.next.endsWith('A') ? 'B' : 'A'}`
    for (const [query, as] of [
      [`limit=1&cursor=${encodeURIComponent(forged)}`, 'ada'],
      ['limit=1&cursor=x', 'ada'],
      ['limit=1&cursor=', 'ada'],
      [`limit=1&cursor=${next}`, 'bob'],
      [`limit=1&cursor=${next}&order=title`, 'ada'],
      [`limit=1&cursor=${next}&stars=2`, 'ada'],
    ]) {
      const answer = await call(`GET /notes?${query}`, { as: as as string })
      expect([answer.status, answer.body.code], query).toEqual([400, 'invalid_cursor'])
    }
    expect((await call(`GET /notes?cursor=${'A'.repeat(5000)}`)).status).toBe(422)
  })

  it.each([
    'limit=0',
    'limit=201',
    'limit=-1',
    'limit=1e2',
    'limit=99999999999999999999',
    'limit=',
    'limit=10&limit=20',
    'order=',
    'order=nothing',
    'order=title,title',
    'order=title,-title',
    'order=--title',
    'order=labels',
    'order=title;drop',
    'nothing=1',
    'title.nothing=1',
    'title.gt=A',
    'labels=1',
    'labels.contains=1',
    'seal=AA==',
    'stars=1.5',
    'stars=abc',
    'stars=',
    'stars.is=null',
    'stars=9007199254740993',
    'weight=NaN',
    'weight=Infinity',
    'size=99999999999999999999',
    'pinned=1',
    'pinned.gt=true',
    'due=yesterday',
    'due.is=maybe',
    'title=a&title=b',
    'title[ne]=b',
    'title%5B%24ne%5D=b',
    '__proto__=1',
    'constructor=1',
    '__proto__.ne=1',
    'title.__proto__=1',
    'and=1',
    `${Array.from({ length: 101 }, (_, at) => `stars.in=${at}`).join('&')}`,
  ])('refuses %j with its place', async (query) => {
    const { status, body } = await call(`GET /notes?${query}`)
    expect([status, body.code], JSON.stringify(body)).toEqual([422, 'invalid_input'])
    expect(body.issues[0].path).toMatch(/^query\./)
  })
})

describe('the guards', () => {
  it('ask nobody to sign in for what a constant rule allows', async () => {
    const tested = app({ countries: resource(countries) }, { database: db })
    expect((await send(tested, 'GET /countries')).status).toBe(200)
    expect((await send(tested, 'GET /countries/NO')).status).toBe(404)
    const created = await send(tested, 'POST /countries', { body: { code: 'NO', name: 'Norway' } })
    expect(created.status).toBe(401)
    expect((await send(tested, 'DELETE /countries/NO')).status).toBe(401)
  })

  it('ask for an actor where a rule does', async () => {
    const tested = app({ notes: resource(notes) }, { database: db })
    for (const line of ['GET /notes', `GET /notes/${missing}`, `DELETE /notes/${missing}`]) {
      expect((await send(tested, line)).status).toBe(401)
    }
    expect((await send(tested, 'POST /notes', { body: note })).status).toBe(401)
  })

  it('answer 403 when no rule allows the write', async () => {
    const sent = { body: { code: 'NO', name: 'Norway' } }
    expect((await call('POST /countries', sent)).body.code).toBe('denied')
  })

  it('give way to those of the team', async () => {
    const own = resource(countries, { only: ['list', 'get'], guard: { list: signedIn } })
    const tested = app({ own }, { database: db })
    expect((await send(tested, 'GET /countries')).status).toBe(401)
    expect((await send(tested, 'GET /countries/NO')).status).toBe(404)
  })
})

describe('the options', () => {
  it('leave out what is not wanted', async () => {
    const tested = app({ notes: resource(notes, { only: ['list'] }) }, { database: db })
    const { status, headers } = await send(tested, 'POST /notes', { as: 'ada', body: note })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  it('let an operation of the team take the place of one', async () => {
    const create = operation({
      method: 'POST',
      path: '/notes',
      body: v.object({ title: v.string() }),
      responses: { 202: null },
      handler: async ({ db, body }) => {
        await db.create(notes, { title: body.title, weight: 1 })
        return { status: 202 }
      },
    })
    const tested = app({ notes: { ...resource(notes), create } }, { database: db })
    const { status } = await send(tested, 'POST /notes', { as: 'ada', body: { title: 'Own' } })
    expect(status).toBe(202)
    expect((await send(tested, 'GET /notes', { as: 'ada' })).body.items).toHaveLength(1)
  })

  it('narrow filters, orders and limits', async () => {
    const list = {
      filter: ['title.startsWith', 'stars'],
      order: ['stars'],
      defaultOrder: { stars: 'desc' },
      defaultLimit: 1,
      maxLimit: 2,
    } as const
    const tested = app({ notes: resource(notes, { path: '/n', list }) }, { database: db })
    const get = (query: string) => send(tested, `GET /n?${query}`, { as: 'ada' })
    for (const stars of [1, 3, 2]) await call('POST /notes', { body: { ...note, stars } })
    expect((await get('')).body.items).toMatchObject([{ stars: 3 }])
    expect((await get('limit=2&stars.in=1&stars.in=2')).body.items).toHaveLength(2)
    for (const query of ['limit=3', 'title=A', 'weight=1', 'order=title']) {
      expect((await get(query)).status).toBe(422)
    }
  })

  it('keep columns readonly that only operations change', async () => {
    const own = resource(notes, { path: '/n', readonly: ['stars', 'pinned'] })
    const tested = app({ own }, { database: db })
    const sent = { as: 'ada', body: { ...note, stars: 5 } }
    expect((await send(tested, 'POST /n', sent)).body.issues).toEqual([
      { path: 'body.stars', message: 'Unknown key' },
    ])
    const created = await send(tested, 'POST /n', { as: 'ada', body: note })
    expect(created.body).toMatchObject({ stars: 0, pinned: false })
    const patch = { as: 'ada', body: { pinned: true } }
    expect((await send(tested, `PATCH /n/${created.body.id}`, patch)).status).toBe(422)
  })

  it('name a column in full where the query has a word of its own', async () => {
    const lines = table('lines', { id: id(), order: v.string() }, { policy: { all: true } })
    const own = await database([lines])
    const tested = app({ lines: resource(lines) }, { database: own })
    await send(tested, 'POST /lines', { body: { order: 'one' } })
    await send(tested, 'POST /lines', { body: { order: 'two' } })
    const { body } = await send(tested, 'GET /lines?order.eq=two&order=-order')
    expect(body.items).toMatchObject([{ order: 'two' }])
    await own.close()
  })

  it.each([
    [{ fliter: [] }, /option "fliter" is unknown; expected path, only, list/],
    [
      { only: ['remove'] },
      /"remove" is unknown; expected list, get, create, replace, update, delete/,
    ],
    [{ readonly: ['titel'] }, /unknown column "titel"/],
    [{ readonly: ['title'] }, /"title" is readonly, so create cannot set it/],
    [{ list: { filter: ['titel'] } }, /unknown column "titel"; columns are: id, owner, title/],
    [
      { list: { filter: ['title.gt'] } },
      /"title.gt" cannot be compared so; title has: eq, ne, in, startsWith, contains/,
    ],
    [{ list: { filter: ['labels'] } }, /"labels" cannot be compared so; labels has: no comparison/],
    [{ list: { filter: ['toString'] } }, /unknown column "toString"/],
    [{ list: { order: ['nothing'] } }, /unknown column "nothing"/],
    [{ list: { order: ['labels'] } }, /"labels" has no order/],
    [{ list: { maxLimit: 1001 } }, /maxLimit is 1001; expected 1 to 1000/],
    [{ list: { defaultLimit: 0 } }, /defaultLimit is 0; expected 1 to maxLimit, 200/],
    [{ list: { defaultOrder: { nothing: 'asc' } } }, /unknown column "nothing"/],
  ])('are checked at once: %j', (options, message) => {
    expect(() => resource(notes, options as never)).toThrow(message)
  })
})
