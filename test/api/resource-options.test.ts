import { computed, found, operation, resource, rowSchema } from 'plinth/api'
import { client } from 'plinth/client'
import { type Database, id, table, timestamp } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { app, database, type Received, type Sent, send } from './fixture.ts'

const people = table(
  'people',
  {
    id: id(),
    first: v.string(),
    last: v.string(),
    pay: v.nullable(v.number()),
    born: timestamp({ nullable: true }),
    state: v.optional(v.picklist(['in', 'out']), 'in'),
  },
  {
    policy: { all: () => true },
    fields: { pay: { read: (actor) => actor.roles.includes('boss') } },
  },
)

let db: Database
let call: (line: string, sent?: Sent) => Promise<Received>
let path: string

const name = computed(v.string(), {
  from: ['first', 'last'],
  value: (row: { first: string; last: string }) => `${row.first} ${row.last}`,
})
const tree = () => ({
  people: resource(people, {
    fields: true,
    computed: {
      name,
      rich: computed(v.nullable(v.boolean()), {
        from: ['pay'],
        value: ({ pay }: { pay: number | null }) => (pay === null ? null : pay > 100),
      }),
      year: computed(v.nullable(v.date()), {
        from: ['born'],
        value: ({ born }: { born: Date | null }) => born,
      }),
    },
    bulk: { create: 2 },
    actions: {
      leave: operation({
        method: 'POST',
        path: '/:id/leave',
        params: v.object({ id: v.string() }),
        responses: { 200: rowSchema(people) },
        handler: async ({ db, params }) => ({
          status: 200,
          body: found(await db.update(people, params.id, { state: 'out' }, { state: 'in' })),
        }),
      }),
      stats: {
        count: operation({
          method: 'GET',
          path: '/stats/count',
          responses: { 200: v.object({ count: v.number() }) },
          handler: async ({ db }) => ({ status: 200, body: { count: await db.count(people) } }),
        }),
      },
    },
    operations: {
      delete: false,
      get: (made) => ({ ...made, spec: { ...made.spec, summary: 'Look somebody up' } }),
      replace: operation({
        method: 'PUT',
        path: '/people/:id',
        params: v.object({ id: v.string() }),
        responses: { 202: v.object({ later: v.boolean() }) },
        handler: () => ({ status: 202, body: { later: true } }),
      }),
    },
  }),
})
const tested = () => app(tree(), { database: db })

beforeEach(async () => {
  db = await database([people])
  const one = tested()
  call = (line, sent) => send(one, line, { as: 'ada', ...sent })
  const body = { first: 'Mia', last: 'Ek', pay: 200, born: '2000-01-01T00:00:00Z' }
  path = (await call('POST /people', { body })).headers.get('location') ?? ''
})
afterEach(() => db.close())

describe('computed members', () => {
  it('are in every answer that has the row', async () => {
    const { body } = await call(`GET ${path}`)
    expect(body).toMatchObject({ name: 'Mia Ek', rich: null, year: '2000-01-01T00:00:00.000Z' })
    expect((await call('GET /people')).body.items).toEqual([body])
    expect((await call(`PATCH ${path}`, { body: { last: 'Ås' } })).body.name).toBe('Mia Ås')
    const many = [{ first: 'A', last: 'B', pay: null }]
    expect((await call('POST /people/bulk', { body: many })).body.items[0].name).toBe('A B')
  })

  it('[ASVS 8.2.3] know of a row what their reader may know', async () => {
    expect((await call(`GET ${path}`)).body).toMatchObject({ pay: null, rich: null })
    const boss = await call(`GET ${path}`, { as: 'ada:boss' })
    expect(boss.body).toMatchObject({ pay: 200, rich: true })
  })

  it('are given the columns that they name and no others', async () => {
    const keys = computed(v.array(v.string()), {
      from: ['first'],
      value: (row: { first: string }) => Object.keys(row),
    })
    const own = app({ people: resource(people, { computed: { keys } }) }, { database: db })
    for (const line of [`GET ${path}`, `PATCH ${path}`]) {
      const body = line.startsWith('PATCH') ? { first: 'A' } : undefined
      expect((await send(own, line, { as: 'ada', body })).body.keys).toEqual(['first'])
    }
  })

  it('bring no column along that was not asked for', async () => {
    expect((await call(`GET ${path}?fields=name`)).body).toEqual({ name: 'Mia Ek' })
    expect((await call('GET /people?fields=last,name')).body.items).toEqual([
      { last: 'Ek', name: 'Mia Ek' },
    ])
    expect((await call('GET /people?fields=last')).body.items).toEqual([{ last: 'Ek' }])
  })

  it('cannot be filtered or sorted by, nor written', async () => {
    for (const query of ['name=Mia', 'name.eq=Mia', 'order=name', 'name.is=null']) {
      const { status, body } = await call(`GET /people?${query}`)
      expect([status, body.issues[0].path]).toEqual([422, `query.${query.split('=')[0]}`])
    }
    expect((await call(`PATCH ${path}`, { body: { name: 'x' } })).body.issues).toEqual([
      { path: 'body.name', message: 'Unknown key' },
    ])
  })

  it('fail as the server does when their code throws', async () => {
    const bad = computed(v.string(), {
      from: ['first'],
      value: (): string => {
        throw new Error('secret')
      },
    })
    const own = app({ people: resource(people, { computed: { bad } }) }, { database: db })
    const { status, text } = await send(own, `GET ${path}`, { as: 'ada' })
    expect(status).toBe(500)
    expect(text).not.toContain('secret')
  })

  it('are made from what is shown, under names of their own', () => {
    const declare = (options: object) => () => resource(people, options as never)
    expect(declare({ select: ['first'], computed: { name } })).toThrow(
      /computed.name: "last" is not shown; it can be computed from: first/,
    )
    expect(declare({ computed: { first: name } })).toThrow(/is the name of a column or relation/)
    expect(declare({ computed: { 'a.b': name } })).toThrow(/expected a name of letters/)
    expect(() => computed(v.string(), { from: [], value: () => '' })).toThrow(/at least one column/)
    // @ts-expect-error a function of what the table does not have
    expect(() => resource(people, { computed: { x: nick } })).toThrow(/"nick" is not shown/)
  })

  it('are described', async () => {
    const { body } = await call('GET /openapi.json')
    const { $ref } =
      body.paths['/people/{id}'].get.responses[200].content['application/json'].schema
    const { properties } = body.components.schemas[$ref.split('/').at(-1)]
    expect(properties.name).toEqual({ type: 'string' })
    expect(properties.rich.anyOf).toEqual([{ type: 'boolean' }, { type: 'null' }])
  })
})

const nick = computed(v.string(), {
  from: ['nick'],
  value: ({ nick }: { nick: string }) => nick,
})

describe('actions', () => {
  it('stand below the path of the resource', async () => {
    expect((await call(`POST ${path}/leave`)).body.state).toBe('out')
    expect((await call(`POST ${path}/leave`)).status).toBe(404)
    expect((await call('GET /people/stats/count')).body).toEqual({ count: 1 })
  })

  it('have names that no operation has', () => {
    const list = operation({
      method: 'POST',
      path: '/x',
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    expect(() => resource(people, { actions: { list } })).toThrow(
      /"list" is the name of an operation/,
    )
    expect(Object.keys(resource(people, { only: ['get'], actions: { list } }))).toEqual([
      'get',
      'list',
    ])
  })
})

describe('operations of the team', () => {
  it('take the place of those that were made', async () => {
    expect((await call(`PUT ${path}`)).body).toEqual({ later: true })
    expect((await call(`DELETE ${path}`)).status).toBe(405)
    const { body } = await call('GET /openapi.json')
    expect(body.paths['/people/{id}'].get.summary).toBe('Look somebody up')
  })

  it('are checked', () => {
    const declare = (operations: object) => () => resource(people, { operations } as never)
    expect(declare({ gte: false })).toThrow(/there is no "gte"; there are: list, get/)
    expect(declare({ deleteMany: false })).toThrow(/there is no "deleteMany"/)
    expect(declare({ get: true })).toThrow(/"get" is no operation; expected one, false/)
    expect(declare({ get: () => undefined })).toThrow(/"get" is no operation/)
  })

  it('are typed', () => {
    const api = client<ReturnType<typeof tested>>('https://app.test')
    expectTypeOf(api.people).not.toHaveProperty('delete')
    expectTypeOf(api.people).not.toHaveProperty('updateMany')
    type Answer<Call extends (...given: never[]) => unknown, Status> = Extract<
      Awaited<ReturnType<Call>>,
      { status: Status }
    >
    expectTypeOf<Answer<typeof api.people.replace, 202>['body']>().toEqualTypeOf<{
      later: boolean
    }>()
    type Count = Answer<typeof api.people.stats.count, 200>['body']
    expectTypeOf<Count>().toEqualTypeOf<{ count: number }>()
    type Person = Answer<typeof api.people.get, 200>['body']
    expectTypeOf<Person['name']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Person['year']>().toEqualTypeOf<string | null | undefined>()
    type Many = Parameters<typeof api.people.createMany>[0]['body'][number]
    expectTypeOf<Many['first']>().toEqualTypeOf<string>()
    type Patch = NonNullable<Parameters<typeof api.people.update>[0]['body']>
    expectTypeOf<Patch['pay']>().toEqualTypeOf<number | null | undefined>()
  })
})
