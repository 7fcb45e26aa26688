import {
  type AnyTable,
  type FilterOf,
  generated,
  type Handle,
  type Insert,
  id,
  type ListQuery,
  many,
  one,
  type Page,
  type Patch,
  type ReferencedTable,
  type Result,
  type Row,
  ref,
  schema,
  table,
  timestamp,
  version,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'

const usersTable = table(
  'users',
  { id: id(), email: v.string(), name: v.string() },
  {
    fields: {
      email: { read: (actor) => ({ id: actor.id }) },
      name: { write: (actor) => actor.roles.includes('admin') },
    },
  },
)
const boardsTable = table('boards', { id: id(), title: v.string() })
const { users, boards, tasks, tags } = schema(
  {
    users: usersTable,
    boards: boardsTable,
    members: table('members', { id: id(), board: ref(boardsTable), user: ref(usersTable) }),
    tasks: table(
      'tasks',
      {
        id: id(),
        board: ref(boardsTable),
        parent: ref((): ReferencedTable => tasks, { nullable: true }),
        title: v.string(),
        points: v.nullable(v.number()),
        size: v.bigint(),
        settings: v.object({ color: v.string() }),
        image: v.instance(Uint8Array),
        at: timestamp({ default: 'now' }),
        search: generated(v.string(), {
          from: ['title', 'points'],
          value: ({ title, points }: { title: string; points: number | null }) =>
            `${title} ${points}`,
        }),
        version: version(),
      },
      { fields: { size: { read: true } } },
    ),
    taskTags: table('task_tags', {
      id: id(),
      task: ref((): ReferencedTable => tasks),
      tag: ref((): ReferencedTable => tags),
    }),
    tags: table('tags', { id: id(), label: v.string() }),
  },
  {
    relations: {
      boards: { members: many('members', 'board'), tasks: many('tasks', 'board') },
      members: { person: one('users', 'user') },
      tasks: {
        in: one('boards', 'board'),
        above: one('tasks', 'parent'),
        below: many('tasks', 'parent'),
        tags: many('tags', { through: 'taskTags', from: 'task', to: 'tag' }),
      },
    },
    policies: {
      tasks: { read: (actor) => ({ in: { members: { some: { user: actor.id } } } }) },
    },
  },
)
type Task = Row<typeof tasks>
type User = { id: string; email: string | null; name: string }
type Board = { id: string; title: string }

describe('types of columns the server computes', () => {
  it('read like any other', () => {
    expectTypeOf<Task>().toEqualTypeOf<{
      id: string
      board: string
      parent: string | null
      title: string
      points: number | null
      size: bigint | null
      settings: { color: string }
      image: Uint8Array<ArrayBuffer>
      at: Date
      search: string
      version: number
    }>()
  })

  it('are not part of new rows', () => {
    type New = Insert<typeof tasks>
    expectTypeOf<Extract<keyof New, 'version' | 'search'>>().toEqualTypeOf<never>()
    expectTypeOf<New['title']>().toEqualTypeOf<string>()
  })

  it('let a patch name the version it is for', () => {
    expectTypeOf<Patch<typeof tasks>['version']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<Extract<keyof Patch<typeof tasks>, 'search'>>().toEqualTypeOf<never>()
  })

  it('cannot be written', () => {
    const use = async (db: Handle) => {
      // @ts-expect-error a generated column is never written
      await db.update(tasks, '', { search: 'x' })
      // @ts-expect-error a generated column is never written
      await db.create(tags, { label: '', search: 'x' })
      // @ts-expect-error a row begins at version 1
      const values: Insert<typeof tasks> = { version: 1 }
      await db.update(tasks, '', { title: 'x', version: 2 })
      return values
    }
    expectTypeOf(use).toBeFunction()
  })

  it('take their sources unannotated or annotated', () => {
    const declare = () => {
      generated(v.string(), { from: ['a', 'b'], value: (row) => `${row.a} ${row.b}` })
      // @ts-expect-error the column is not among the sources
      generated(v.string(), { from: ['a'], value: (row) => row.b })
      // @ts-expect-error the function knows no such source
      generated(v.string(), { from: ['a', 'b'], value: (row: { a: string }) => row.a })
      // @ts-expect-error the value does not fit the schema
      generated(v.string(), { from: ['a'], value: () => 1 })
    }
    expectTypeOf(declare).toBeFunction()
  })
})

describe('types of columns with rules', () => {
  it('may be null where a rule of reading hides them', () => {
    expectTypeOf<Row<typeof users>>().toEqualTypeOf<User>()
    expectTypeOf<Row<typeof usersTable>>().toEqualTypeOf<User>()
    expectTypeOf<Insert<typeof users>['email']>().toEqualTypeOf<string>()
    expectTypeOf<Patch<typeof users>['email']>().toEqualTypeOf<string | undefined>()
  })

  it('refuses rules that mean nothing', () => {
    const columns = { id: id(), email: v.string() }
    const declare = () => {
      // @ts-expect-error the column does not exist
      table('a', columns, { fields: { email: { read: true }, nope: { read: true } } })
      // @ts-expect-error there is no such rule
      table('a', columns, { fields: { email: { reed: true } } })
      // @ts-expect-error the rule's answer names an unknown column
      table('a', columns, { fields: { email: { read: (actor) => ({ nope: actor.id }) } } })
    }
    expectTypeOf(declare).toBeFunction()
  })
})

describe('types of filters', () => {
  it('follow relations to any depth', () => {
    const where: FilterOf<typeof tasks> = {
      in: { title: { endsWith: 'x' }, members: { none: { person: { name: 'Ann' } } } },
      above: null,
      below: { some: { below: { every: { tags: { some: { label: 'x' } } } } } },
      or: [{ in: { not: { tasks: { some: { points: null } } } } }],
    }
    expectTypeOf(where).toExtend<FilterOf<typeof tasks>>()
  })

  it('look into JSON by path and never by value', () => {
    type Where = FilterOf<typeof tasks>
    expectTypeOf<{ settings: { path: ['color']; eq: string } }>().toExtend<Where>()
    expectTypeOf<{ settings: { path: ['a', 0]; gt: number } }>().toExtend<Where>()
    expectTypeOf<{ settings: null }>().toExtend<Where>()
    expectTypeOf<{ image: { ne: null } }>().toExtend<Where>()
    expectTypeOf<{ settings: { color: string } }>().not.toExtend<Where>()
    expectTypeOf<{ settings: string }>().not.toExtend<Where>()
    expectTypeOf<{ image: { path: ['a']; eq: string } }>().not.toExtend<Where>()
  })

  it('refuse what is neither column nor relation', () => {
    const use = async (db: Handle) => {
      // @ts-expect-error the relation does not exist
      await db.list(tasks, { where: { title: 'x', out: { title: 'x' } } })
      // @ts-expect-error the column does not exist on the other side
      await db.count(tasks, { in: { titel: 'x' } })
      // @ts-expect-error the column does not exist on the other side
      await db.exists(tasks, { in: { title: 'x', titel: 'x' } })
      // @ts-expect-error a relation to many takes some, every or none
      await db.count(tasks, { tags: { label: 'x' } })
      // @ts-expect-error only text has parts
      await db.count(tasks, { points: { endsWith: 'x' } })
    }
    expectTypeOf(use).toBeFunction()
  })
})

describe('types of results', () => {
  it('follow a literal select and nested includes', () => {
    const use = async (db: Handle) => {
      const { items } = await db.list(tasks, {
        where: { in: { title: 'x' } },
        select: ['title', 'points'],
        include: {
          in: { select: ['title'], include: { members: { include: { person: true }, limit: 3 } } },
          above: true,
          tags: { where: { label: { ne: 'x' } }, orderBy: { label: 'asc' }, select: ['label'] },
        },
      })
      type Member = { id: string; board: string; user: string; person: User | null }
      expectTypeOf(items).toEqualTypeOf<
        {
          title: string
          points: number | null
          in: { title: string; members: Member[] } | null
          above: Task | null
          tags: { label: string }[]
        }[]
      >()
    }
    expectTypeOf(use).toBeFunction()
  })

  it('are whole rows by default', () => {
    const use = async (db: Handle, query: ListQuery<typeof tasks>) => {
      expectTypeOf(await db.get(tasks, '')).toEqualTypeOf<Task | null>()
      expectTypeOf(await db.get(tasks, '', {})).toEqualTypeOf<Task | null>()
      expectTypeOf(await db.first(tasks, { orderBy: { at: 'desc' } })).toEqualTypeOf<Task | null>()
      expectTypeOf(await db.list(tasks, query)).toEqualTypeOf<Page<Task>>()
      expectTypeOf(await db.upsert(tags, { label: '' }, { on: ['label'] })).toEqualTypeOf<
        Row<typeof tags>
      >()
      for await (const row of db.stream(tasks, { select: ['id'], batch: 10 })) {
        expectTypeOf(row).toEqualTypeOf<{ id: string }>()
      }
    }
    expectTypeOf(use).toBeFunction()
  })

  it('do not follow from what is expected of them', () => {
    const use = async (db: Handle): Promise<Task | null> => {
      const some: { title: string } | null = await db.get(tasks, '')
      const page: { items: Task[] } = await db.list(tasks)
      return some && page ? db.get(tasks, '') : db.first(tasks, { where: { title: 'x' } })
    }
    expectTypeOf(use).toBeFunction()
  })

  it('are rows in code for any table', () => {
    const use = async <T extends AnyTable>(db: Handle, any: T): Promise<Row<T>[]> => {
      const { items } = await db.list(any, { limit: 3 })
      const row = await db.get(any, '')
      return row ? [...items, row] : items
    }
    expectTypeOf(use).toBeFunction()
  })

  it('can be written down by the shape of the query', () => {
    type Shown = Result<typeof boards, { include: { tasks: { select: ['title'] } } }>
    expectTypeOf<Shown>().toEqualTypeOf<
      Board & { tasks: { title: string }[] } extends infer R ? { [K in keyof R]: R[K] } : never
    >()
    expectTypeOf<Result<typeof boards, { select: ['title'] }>>().toEqualTypeOf<{ title: string }>()
    expectTypeOf<Result<typeof boards, Record<never, never>>>().toEqualTypeOf<Board>()
  })

  it('refuse names that the table does not have', () => {
    const use = async (db: Handle) => {
      // @ts-expect-error the column does not exist
      await db.list(tasks, { select: ['id', 'titel'] })
      // @ts-expect-error a relation is not selected
      await db.list(tasks, { select: ['id', 'in'] })
      // @ts-expect-error the column does not exist
      await db.list(tasks, { orderBy: { title: 'asc', titel: 'asc' } })
      // @ts-expect-error null is placed first or last
      await db.list(tasks, { orderBy: { title: { direction: 'asc', nulls: 'middle' } } })
      // @ts-expect-error the relation does not exist
      await db.get(tasks, '', { include: { in: true, out: true } })
      // @ts-expect-error a column is not included
      await db.get(tasks, '', { include: { in: true, title: true } })
      // @ts-expect-error the relation does not exist on the other side
      await db.get(tasks, '', { include: { in: { include: { tasks: true, in: true } } } })
      // @ts-expect-error the column does not exist on the other side
      await db.get(tasks, '', { include: { tags: { where: { label: 'x', labell: 'x' } } } })
      // @ts-expect-error the column does not exist on the other side
      await db.get(tasks, '', { include: { tags: { select: ['label', 'title'] } } })
      // @ts-expect-error there is one row at most
      await db.get(tasks, '', { include: { in: { limit: 1 } } })
      const row = await db.get(tasks, '', { select: ['id'] })
      // @ts-expect-error it was not selected
      return row?.title
    }
    expectTypeOf(use).toBeFunction()
  })
})

describe('types of aggregates', () => {
  it('follow what is asked for', () => {
    const use = async (db: Handle) => {
      const rows = await db.aggregate(tasks, {
        where: { in: { title: 'x' } },
        groupBy: ['board', 'parent'],
        count: true,
        sum: ['points', 'size'],
        avg: ['size'],
        max: ['at', 'title'],
        having: { count: { gt: 1 }, sum: { points: { gt: 1 } }, max: { at: null } },
        orderBy: { board: 'asc', sum: { points: { direction: 'desc', nulls: 'last' } } },
      })
      expectTypeOf(rows).toEqualTypeOf<
        {
          board: string
          parent: string | null
          count: number
          sum: { points: number | null; size: bigint | null }
          avg: { size: number | null }
          max: { at: Date | null; title: string | null }
        }[]
      >()
      expectTypeOf(await db.aggregate(tasks, { count: true })).toEqualTypeOf<{ count: number }[]>()
    }
    expectTypeOf(use).toBeFunction()
  })

  it('refuse columns that cannot be aggregated so', () => {
    const use = async (db: Handle) => {
      // @ts-expect-error text has no sum
      await db.aggregate(tasks, { sum: ['title'] })
      // @ts-expect-error the column does not exist
      await db.aggregate(tasks, { groupBy: ['titel'], count: true })
      // @ts-expect-error the column does not exist
      await db.aggregate(tasks, { count: true, having: { sum: { points: 1, titel: 1 } } })
      // @ts-expect-error JSON has no order
      await db.aggregate(tasks, { min: ['settings'] })
      const [row] = await db.aggregate(tasks, { count: true })
      // @ts-expect-error it was not asked for
      return row?.sum
    }
    expectTypeOf(use).toBeFunction()
  })
})

describe('types of a schema', () => {
  const two = {
    boards: boardsTable,
    tasks: table('tasks', { id: id(), board: ref(boardsTable), title: v.string() }),
  }

  it('keep the tables as they are', () => {
    expectTypeOf(boards.name).toEqualTypeOf<'boards'>()
    expectTypeOf(boards.columns.title).toEqualTypeOf(boardsTable.columns.title)
    expectTypeOf<Row<typeof boards>>().toEqualTypeOf<Board>()
    expectTypeOf(boards).toExtend<AnyTable>()
    expectTypeOf<{ title: string }>().toExtend<Insert<AnyTable>>()
    expectTypeOf<{ title: string }>().toExtend<FilterOf<AnyTable>>()
  })

  it('refuse relations that lead nowhere', () => {
    const declare = () => {
      // @ts-expect-error the table does not exist
      schema(two, { relations: { boards: { tasks: many('task', 'board') } } })
      // @ts-expect-error the column does not exist on the other side
      schema(two, { relations: { boards: { tasks: many('tasks', 'bord') } } })
      // @ts-expect-error the column does not exist
      schema(two, { relations: { tasks: { in: one('boards', 'bord') } } })
      // @ts-expect-error the table does not exist
      schema(two, { relations: { bords: { tasks: many('tasks', 'board') } } })
      const through = { through: 'tasks', from: 'board', to: 'bord' } as const
      // @ts-expect-error the table between has no such column
      schema(two, { relations: { boards: { more: many('boards', through) } } })
    }
    expectTypeOf(declare).toBeFunction()
  })

  it('refuse rules that name what is not there', () => {
    const relations = { tasks: { in: one('boards', 'board') } }
    const declare = () => {
      schema(two, { relations, policies: { tasks: { read: { in: { title: 'x' } } } } })
      // @ts-expect-error the relation does not exist
      schema(two, { relations, policies: { tasks: { read: (a) => ({ out: { title: a.id } }) } } })
      // @ts-expect-error the column does not exist on the other side
      schema(two, { relations, policies: { tasks: { read: (a) => ({ in: { titel: a.id } }) } } })
      schema(two, { restrict: (actor) => ({ id: actor.id }) })
      // @ts-expect-error not all tables have the column
      schema(two, { restrict: (actor) => ({ board: actor.id }) })
      schema(two, { restrict: { tables: ['tasks'], rule: (actor) => ({ board: actor.id }) } })
      // @ts-expect-error the table does not exist
      schema(two, { restrict: { tables: ['task'], rule: true } })
    }
    expectTypeOf(declare).toBeFunction()
  })
})
