import { operation, pageSchema, resource, rowSchema } from 'plinth/api'
import { client } from 'plinth/client'
import { type Database, id, many, one, ref, schema, table, timestamp } from 'plinth/data'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { actorId, app, database, send } from './fixture.ts'

const open = { policy: { all: true } }
const boardsTable = table(
  'boards',
  { id: id(), title: v.string(), owner: v.string(), sort: v.string() },
  open,
)
const { boards, tasks } = schema(
  {
    boards: boardsTable,
    tasks: table(
      'tasks',
      {
        id: id(),
        board: ref(boardsTable, { nullable: true }),
        title: v.string(),
        size: v.bigint(),
        due: timestamp(),
        owner: v.string(),
      },
      open,
    ),
  },
  {
    relations: {
      boards: { tasks: many('tasks', 'board') },
      tasks: { on: one('boards', 'board') },
    },
    restrict: { tables: ['tasks'], rule: (actor) => ({ owner: actor.id }) },
  },
)

const shown = {
  select: ['title'],
  include: { tasks: { select: ['title', 'size', 'due'], include: { on: true } } },
} as const

const tree = {
  tasks: resource(tasks),
  boards: {
    ...resource(boards, { select: ['id', 'title'] }),
    first: operation({
      method: 'GET',
      path: '/first',
      responses: { 200: v.nullable(rowSchema(boards, shown)) },
      handler: async ({ db }) => ({ status: 200, body: await db.first(boards, shown) }),
    }),
    pages: operation({
      method: 'GET',
      path: '/pages',
      responses: { 200: pageSchema(boards, { select: ['title'] }) },
      handler: async ({ db }) => ({ status: 200, body: await db.list(boards) }),
    }),
  },
}

let db: Database
const tested = () => app(tree, { database: db })

beforeEach(async () => {
  db = await database([boards, tasks])
  const { id: board } = await db.system.create(boards, { title: 'Garden', owner: 'x', sort: 'g' })
  const due = new Date(0)
  await db.system.createMany(tasks, [
    { board, title: 'Water', size: 9_007_199_254_740_993n, due, owner: actorId('ada') },
    { board, title: 'Hidden', size: 1n, due, owner: actorId('bob') },
  ])
})
afterEach(() => db.close())

describe('the schema of a query', () => {
  it('sends the selected columns and the rows included', async () => {
    const { body } = await send(tested(), 'GET /first', { as: 'ada' })
    expect(body).toEqual({
      title: 'Garden',
      tasks: [
        {
          title: 'Water',
          size: '9007199254740993',
          due: '1970-01-01T00:00:00.000Z',
          on: { id: expect.any(String), title: 'Garden', owner: 'x', sort: 'g' },
        },
      ],
    })
  })

  it('sends no column beyond those that it names', async () => {
    const { body } = await send(tested(), 'GET /pages', { as: 'ada' })
    expect(body).toEqual({ items: [{ title: 'Garden' }], next: null })
  })

  it('is described with the rows included', async () => {
    const { body } = await send(tested(), 'GET /openapi.json')
    const answer = body.paths['/first'].get.responses[200].content['application/json'].schema
    const { properties, required } = answer.anyOf[0]
    expect(required).toEqual(['title', 'tasks'])
    const { items } = properties.tasks
    expect(items.required).toEqual(['title', 'size', 'due', 'on'])
    expect(items.properties.on).toEqual({
      anyOf: [{ $ref: '#/components/schemas/boards' }, { type: 'null' }],
    })
  })

  it('refuses columns and relations that are not there', () => {
    expect(() => rowSchema(boards, { select: ['titel' as 'title'] })).toThrow(/titel/)
    expect(() => rowSchema(boards, { include: { task: true } as object })).toThrow(/"task"/)
    expect(() => rowSchema(boards, { select: ['toString' as 'title'] })).toThrow(/toString/)
  })

  it('types what a client receives', () => {
    const api = client<ReturnType<typeof tested>>('https://app.test')
    type First = Extract<Awaited<ReturnType<typeof api.boards.first>>, { status: 200 }>['body']
    expectTypeOf<NonNullable<First>['tasks'][number]['due']>().toEqualTypeOf<string>()
    expectTypeOf<NonNullable<First>['tasks'][number]['size']>().toEqualTypeOf<string>()
    expectTypeOf<keyof NonNullable<First>>().toEqualTypeOf<'title' | 'tasks'>()
    type Board = Extract<Awaited<ReturnType<typeof api.boards.get>>, { status: 200 }>['body']
    expectTypeOf<Board>().toEqualTypeOf<{ id: string; title: string }>()
  })
})

describe('a resource of selected columns', () => {
  it('sends no other column, whatever the operation', async () => {
    const body = { title: 'New', owner: 'y', sort: 'n' }
    const created = await send(tested(), 'POST /boards', { body })
    const path = `/boards/${created.body.id}`
    const changed = await send(tested(), `PATCH ${path}`, { body: { sort: 'm' } })
    const got = await send(tested(), `GET ${path}`)
    const { body: page } = await send(tested(), 'GET /boards?title=New')
    const sent = { id: created.body.id, title: 'New' }
    expect([created.body, changed.body, got.body, page.items]).toEqual([sent, sent, sent, [sent]])
  })

  it('filters and sorts by no other column', async () => {
    expect((await send(tested(), 'GET /boards?sort=g')).status).toBe(422)
    expect((await send(tested(), 'GET /boards?order=sort')).status).toBe(422)
  })

  it('knows the columns that it selects', () => {
    expect(() => resource(boards, { select: ['titel' as 'title'] })).toThrow(/titel/)
  })
})

describe('a resource of a table that is part of a schema', () => {
  it('may be made of the table as it was declared', async () => {
    const declared = app({ boards: resource(boardsTable) }, { database: db })
    expect((await send(declared, 'GET /boards')).body.items).toHaveLength(1)
  })
})

describe('a resource of a restricted table', () => {
  it('asks strangers to sign in', async () => {
    expect((await send(tested(), 'GET /tasks')).status).toBe(401)
    const { body } = await send(tested(), 'GET /tasks', { as: 'ada' })
    expect(body.items.map(({ title }: { title: string }) => title)).toEqual(['Water'])
  })
})
