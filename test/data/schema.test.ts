import {
  type AnyTable,
  type Column,
  generated,
  id,
  many,
  one,
  type ReferencedTable,
  ref,
  schema,
  table,
  version,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'

const boards = table('boards', { id: id(), title: v.string() })
const tags = table('tags', { id: id(), label: v.string() })
const tasks = table('tasks', {
  id: id(),
  board: ref(boards),
  parent: ref((): ReferencedTable => tasks, { nullable: true }),
  title: v.string(),
})
const taskTags = table('task_tags', { id: id(), task: ref(tasks), tag: ref(tags) })
const tables = { boards, tasks, taskTags, tags }

describe('schema()', () => {
  it('returns the tables given, with their relations', () => {
    const plan = schema(tables, {
      relations: {
        boards: { tasks: many('tasks', 'board') },
        tasks: {
          in: one('boards', 'board'),
          below: many('tasks', 'parent'),
          tags: many('tags', { through: 'taskTags', from: 'task', to: 'tag' }),
        },
      },
    })
    expect(Object.keys(plan)).toEqual(['boards', 'tasks', 'taskTags', 'tags'])
    expect(plan.tasks.columns).toBe(tasks.columns)
    expect(plan.tasks).toMatchObject({ name: 'tasks', primaryKey: 'id', policy: {} })
    expect(plan.boards.relations).toMatchObject({ tasks: { kind: 'many', column: 'board' } })
    const { in: parent, below, tags: labels } = plan.tasks.relations
    expect(parent).toMatchObject({ kind: 'one', column: 'board', through: undefined })
    expect(parent?.target()).toBe(plan.boards)
    expect(below?.target()).toBe(plan.tasks)
    expect(labels).toMatchObject({ kind: 'many', through: { from: 'task', to: 'tag' } })
    expect(labels?.target()).toBe(plan.tags)
    expect(labels?.through?.table()).toBe(plan.taskTags)
  })

  it('leaves the tables that it was given alone', () => {
    schema(tables, { relations: { boards: { tasks: many('tasks', 'board') } } })
    expect(boards.relations).toEqual({})
    expect(boards.restrict).toBeUndefined()
  })

  it('takes references to tables that it declares', () => {
    const tree = schema(
      { nodes: table('nodes', { id: id(), up: ref((): ReferencedTable => tree.nodes) }) },
      { relations: { nodes: { above: one('nodes', 'up'), below: many('nodes', 'up') } } },
    )
    expect(tree.nodes.relations['above']?.target()).toBe(tree.nodes)
  })

  it('gives policies to tables that have none', () => {
    const read = () => true
    const ruled = table('ruled', { id: id() }, { policy: { all: true } })
    const plan = schema({ boards, ruled }, { policies: { boards: { read } } })
    expect(plan.boards.policy).toEqual({ read })
    expect(plan.ruled.policy).toEqual({ all: true })
  })

  it('restricts all tables, or those that are named', () => {
    const rule = (actor: { id: string }) => ({ id: actor.id })
    const all = schema(tables, { restrict: rule })
    for (const restricted of Object.values(all)) expect(restricted.restrict).toBe(rule)
    const some = schema(tables, { restrict: { tables: ['tasks'], rule: { title: 'x' } } })
    expect(some.tasks.restrict).toEqual({ title: 'x' })
    expect(some.boards.restrict).toBeUndefined()
  })

  it('freezes what it returns', () => {
    const plan = schema(tables, { relations: { boards: { tasks: many('tasks', 'board') } } })
    const { relations } = plan.boards
    for (const value of [plan, plan.boards, relations, relations['tasks'], plan.tags.relations]) {
      expect(Object.isFrozen(value)).toBe(true)
    }
  })
})

/** What code that was not type-checked may pass. */
const loose = schema as (tables: unknown, options?: unknown) => unknown

describe('a mistake in a schema', () => {
  it.each([
    ['no object of tables', null, undefined, 'expected an object of tables'],
    ['no table', { boards: {} }, undefined, 'boards: expected a table'],
    ['a table twice', { boards, again: boards }, undefined, 'again: table("boards") is there'],
    ['an unknown option', { boards }, { relation: {} }, 'options: "relation" is unknown'],
    ['an unknown table', { boards }, { relations: { x: {} } }, 'relations: "x" is unknown'],
    ['unknown policies', { boards }, { policies: { x: {} } }, 'policies: "x" is unknown'],
    ['no relations', { boards }, { relations: { boards: 1 } }, 'relations.boards: expected an'],
    [
      'a bare filter as restriction',
      { boards },
      { restrict: { id: '' } },
      'restrict: expected a f',
    ],
    [
      'an unknown restricted table',
      { boards },
      { restrict: { rule: true, tables: ['x'] } },
      'restrict.tables: unknown table "x"; tables are: boards',
    ],
  ])('is misuse when there is %s', (_, given, options, problem) => {
    expect(() => loose(given, options)).toThrow(
      expect.objectContaining({ code: 'misuse', message: expect.stringContaining(problem) }),
    )
  })

  it.each([
    ['title', one('boards', 'board'), 'a column has that name'],
    ['and', one('boards', 'board'), 'the name is reserved'],
    ['constructor', one('boards', 'board'), 'the name is reserved'],
    ['a b', one('boards', 'board'), 'a name has 1 to 63 letters'],
    ['x', one('board', 'board'), 'unknown table "board"; tables are: boards, tasks'],
    ['x', one('toString', 'board'), 'unknown table "toString"'],
    ['x', one('boards', 'bord'), 'unknown column "tasks.bord"; columns are: id, board'],
    ['x', one('boards', 'title'), '"tasks.title" is no reference; expected one to "boards"'],
    ['x', one('tags', 'board'), '"tasks.board" refers to "boards", not to "tags"'],
    ['x', many('taskTags', 'tag'), '"task_tags.tag" refers to "tags", not to "tasks"'],
    [
      'x',
      many('tags', { through: 'taskTags', from: 'tag', to: 'task' }),
      '"task_tags.tag" refers to "tags", not to "tasks"',
    ],
    [
      'x',
      many('tasks', { through: 'taskTags', from: 'task', to: 'task' }),
      'from and to are the same column, "task"',
    ],
    ['x', 'boards', 'expected one() or many()'],
    ['x', null, 'expected one() or many()'],
  ])('is misuse in the relation %s, %o', (name, relation, problem) => {
    expect(() => loose(tables, { relations: { tasks: { [name]: relation } } })).toThrow(
      expect.objectContaining({
        code: 'misuse',
        message: expect.stringContaining(`relations.tasks.${name}: ${problem}`),
      }),
    )
  })

  it.each([
    [{ titel: 'x' }, 'titel: unknown column or relation; "tasks" has id, board, parent, title, in'],
    [{ in: { titel: 'x' } }, 'in.titel: unknown column or relation; "boards" has id, title'],
    [{ or: [{}, { not: { tags: { some: { x: 1 } } } }] }, 'or.1.not.tags.some.x: unknown'],
    [{ tags: { label: 'x' } }, 'tags.label: expected some, every or none'],
    [{ tags: null }, 'tags: expected some, every or none'],
    [{ and: {} }, 'and: expected an array of filters'],
    [{ not: 1 }, 'not: expected a filter'],
    [{ toString: 'x' }, 'toString: unknown column or relation'],
    ['x', 'expected a filter, a boolean or a function'],
  ])('is misuse in the rule %o', (rule, problem) => {
    const relations = {
      tasks: {
        in: one('boards', 'board'),
        tags: many('tags', { through: 'taskTags', from: 'task', to: 'tag' }),
      },
    }
    expect(() => loose(tables, { relations, policies: { tasks: { read: rule } } })).toThrow(
      expect.objectContaining({
        code: 'misuse',
        message: expect.stringContaining(`policies.tasks.read: ${problem}`),
      }),
    )
  })

  it('is misuse when a table has a policy already', () => {
    const ruled = table('ruled', { id: id() }, { policy: { all: true } })
    expect(() => schema({ ruled }, { policies: { ruled: { read: true } } })).toThrow(
      'policies.ruled: its table() has a policy already',
    )
  })

  it('is misuse when a restriction does not fit a table', () => {
    expect(() => loose(tables, { restrict: () => ({ title: 'x' }) })).toThrow(
      /restrict, for taskTags: title: unknown.*restrict, for tags: title: unknown/,
    )
  })

  it('is misuse when a table is part of another schema', () => {
    const first = schema(tables, { relations: { boards: { tasks: many('tasks', 'board') } } })
    const again: Record<string, AnyTable> = { boards: first.boards }
    expect(() => schema(again)).toThrow('boards: table("boards") is part of another schema')
  })

  it('is reported together with all the others', () => {
    const relations = { boards: { title: many('tasks', 'bord') }, tags: { x: 1 } }
    const message = [
      'schema(): relations.boards.title: a column has that name',
      'relations.boards.title: unknown column "tasks.bord"; columns are: id, board, parent, title',
      'relations.tags.x: expected one() or many()',
      'policies.tags: "reed" is unknown; expected all, read, create, update, delete',
    ].join('; ')
    expect(() => loose(tables, { relations, policies: { tags: { reed: true } } })).toThrow(message)
  })
})

describe('a computed column', () => {
  const computed = (from: string[]) => loosely({ from, value: () => '' })

  it('says how it is computed', () => {
    const value = ({ a }: { a: string }) => a
    const column = generated(v.nullable(v.string()), { from: ['a'], value })
    expect(column).toMatchObject({ kind: 'text', nullable: true, fill: 'generated' })
    expect(column.generated).toEqual({ from: ['a'], value })
    expect(version()).toMatchObject({ kind: 'integer', nullable: false, fill: 'version' })
  })

  it.each([
    ['no sources', () => computed([]), 'from: expected an array of at least one column'],
    ['no function', () => loosely({ from: ['a'] }), 'value: expected a function'],
    ['a misspelt option', () => loosely({ form: ['a'] }), 'option "form" is unknown'],
  ])('is misuse with %s', (_, declare, problem) => {
    expect(declare).toThrow(
      expect.objectContaining({ code: 'misuse', message: expect.stringContaining(problem) }),
    )
  })

  it.each([
    ['an unknown source', { a: computed(['b']) }, 'column "a": from: unknown column "b"'],
    ['itself as source', { a: computed(['a']) }, 'column "a": from: "a" is computed itself'],
    ['a version as source', { a: computed(['n']), n: version() }, '"n" is computed itself'],
    ['a second version', { m: version(), n: version() }, 'one version at most, but found m, n'],
  ])('is misuse in a table with %s', (_, columns, problem) => {
    expect(() => table('a', { id: id(), ...columns })).toThrow(
      expect.objectContaining({ code: 'misuse', message: expect.stringContaining(problem) }),
    )
  })

  function loosely(options: unknown): Column {
    return generated(v.string(), options as { from: []; value: () => string })
  }
})

describe('a rule of a column', () => {
  it.each([
    ['an unknown column', { x: { read: true } }, 'fields: "x" is unknown; expected id, name'],
    ['the primary key', { id: { read: true } }, 'fields.id: a primary key has no rules'],
    ['an unknown access', { name: { reed: true } }, 'fields.name: "reed" is unknown'],
    ['a filter on nothing', { name: { write: { x: 1 } } }, 'fields.name.write: x: Unknown column'],
    ['no rule', { name: { read: 'x' } }, 'fields.name.read: expected a filter, a boolean or a'],
    ['no object', { name: true }, 'fields.name: expected an object'],
  ])('is misuse for %s', (_, fields, problem) => {
    const declare = table as (name: string, columns: object, options: unknown) => unknown
    expect(() => declare('a', { id: id(), name: v.string() }, { fields })).toThrow(
      expect.objectContaining({ code: 'misuse', message: expect.stringContaining(problem) }),
    )
  })
})
