import {
  generated,
  id,
  many,
  one,
  type ReferencedTable,
  ref,
  schema,
  table,
  timestamp,
  version,
} from 'plinth/data'
import * as v from 'valibot'

// A small company: two tenants, boards with members and tasks, tags and blockers between tasks. Every
// kind of rule is in it. What rules ask about, Ann cannot change: what she may uncover is not hidden.

const name = v.pipe(v.string(), v.maxLength(20))
const org = name
const count = v.pipe(v.number(), v.safeInteger())

const people = table(
  'people',
  {
    id: id(),
    org,
    name,
    open: v.optional(v.boolean(), false),
    sealed: v.optional(v.boolean(), false),
    email: v.nullable(name),
    salary: v.nullable(count),
    boss: ref((): ReferencedTable => people, { nullable: true, onDelete: 'set null' }),
    initial: generated(v.string(), {
      from: ['name'],
      value: (row: { name: string }) => Array.from(row.name)[0] ?? '',
    }),
    card: generated(v.nullable(v.string()), {
      from: ['name', 'email'],
      value: (row: { name: string; email: string | null }) =>
        row.email && `${row.name} ${row.email}`,
    }),
  },
  {
    policy: {
      read: (a) => ({ or: [{ id: a.id }, { open: true }] }),
      update: (a) => ({ or: [{ id: a.id }, { boss: a.id }] }),
    },
    fields: {
      open: { write: false },
      sealed: { write: false },
      email: { read: (a) => ({ id: a.id }) },
      card: { read: (a) => ({ id: a.id }) },
      salary: { read: (a) => a.roles.includes('lead'), write: (a) => a.roles.includes('lead') },
      boss: { read: { sealed: false } },
    },
  },
)

const boards = table(
  'boards',
  {
    id: id(),
    org,
    owner: ref(people, { default: 'actor' }),
    slug: v.nullable(name),
    title: name,
    state: v.nullable(v.picklist(['open', 'locked'])),
    memo: v.nullable(name),
    version: version(),
  },
  {
    unique: [['org', 'owner', 'slug']],
    fields: { memo: { read: (a) => ({ owner: a.id }), write: (a) => ({ owner: a.id }) } },
  },
)

const members = table('members', {
  id: id(),
  org,
  board: ref(boards, { onDelete: 'cascade' }),
  person: ref(people),
  level: count,
})

const tasks = table(
  'tasks',
  {
    id: id(),
    org,
    board: ref(boards, { onDelete: 'cascade' }),
    parent: ref((): ReferencedTable => tasks, { nullable: true, onDelete: 'set null' }),
    assignee: ref(people, { nullable: true, onDelete: 'set null' }),
    title: name,
    rank: v.nullable(count),
    weight: v.nullable(v.number()),
    score: v.nullable(v.bigint()),
    hush: v.optional(v.boolean(), false),
    sealed: v.optional(v.boolean(), false),
    data: v.nullable(v.record(v.string(), v.unknown())),
    changed: timestamp({ default: 'now', onUpdate: 'now' }),
    label: generated(v.string(), {
      from: ['title', 'rank'],
      value: (row: { title: string; rank: number | null }) => `${row.title}#${row.rank ?? ''}`,
    }),
    version: version(),
  },
  {
    fields: {
      assignee: { read: { sealed: false } },
      weight: { read: { sealed: false }, write: { sealed: false } },
      score: { read: (a) => a.roles.includes('lead') },
      data: { read: { not: { sealed: true } } },
      hush: { write: false },
      sealed: { write: false },
    },
  },
)

const tags = table('tags', { id: id(), org, label: name, secret: v.optional(v.boolean(), false) })

const taskTags = table('task_tags', {
  id: id(),
  org,
  task: ref(tasks, { onDelete: 'cascade' }),
  tag: ref(tags, { onDelete: 'cascade' }),
  shown: v.optional(v.boolean(), true),
})

const blocks = table(
  'blocks',
  {
    id: id(),
    org,
    blocker: ref(tasks, { onDelete: 'cascade' }),
    blocked: ref(tasks, { nullable: true, onDelete: 'set null' }),
    sealed: v.optional(v.boolean(), false),
  },
  { fields: { blocked: { read: { sealed: false } }, sealed: { write: false } } },
)

const declared = { people, boards, members, tasks, tags, taskTags, blocks } as const

/** The tables with their relations, rules and tenants. */
export const world = schema(declared, {
  relations: {
    people: {
      chief: one('people', 'boss'),
      reports: many('people', 'boss'),
      tasks: many('tasks', 'assignee'),
      boards: many('boards', { through: 'members', from: 'person', to: 'board' }),
    },
    boards: {
      keeper: one('people', 'owner'),
      members: many('members', 'board'),
      tasks: many('tasks', 'board'),
      people: many('people', { through: 'members', from: 'board', to: 'person' }),
    },
    members: { in: one('boards', 'board'), who: one('people', 'person') },
    tasks: {
      in: one('boards', 'board'),
      above: one('tasks', 'parent'),
      below: many('tasks', 'parent'),
      who: one('people', 'assignee'),
      tags: many('tags', { through: 'taskTags', from: 'task', to: 'tag' }),
      links: many('taskTags', 'task'),
      blocks: many('tasks', { through: 'blocks', from: 'blocker', to: 'blocked' }),
      blockedBy: many('tasks', { through: 'blocks', from: 'blocked', to: 'blocker' }),
    },
    tags: { tasks: many('tasks', { through: 'taskTags', from: 'tag', to: 'task' }) },
    taskTags: { of: one('tasks', 'task'), with: one('tags', 'tag') },
  },
  policies: {
    boards: {
      read: (a) => ({ or: [{ owner: a.id }, { members: { some: { person: a.id } } }] }),
      create: (a) => ({ owner: a.id }),
      update: (a) => ({ owner: a.id }),
      delete: (a) => ({ owner: a.id, state: { ne: 'locked' as const } }),
    },
    members: {
      read: (a) => ({ or: [{ person: a.id }, { in: { owner: a.id } }] }),
      create: (a) => ({ in: { owner: a.id } }),
      update: (a) => ({ in: { owner: a.id } }),
      delete: (a) => ({ in: { owner: a.id }, not: { person: a.id } }),
    },
    tasks: {
      read: (a) => ({
        in: { or: [{ owner: a.id }, { members: { some: { person: a.id } } }] },
        or: [{ hush: false }, { assignee: a.id }],
      }),
      create: (a) => ({
        in: { or: [{ owner: a.id }, { members: { some: { person: a.id, level: { gte: 2 } } } }] },
      }),
      update: (a) => ({ or: [{ in: { owner: a.id } }, { assignee: a.id }] }),
      delete: (a) => ({ in: { owner: a.id } }),
    },
    tags: { read: { secret: false } },
    taskTags: {
      read: { shown: true },
      create: (a) => ({ of: { in: { owner: a.id } }, shown: true }),
      delete: (a) => ({ of: { in: { owner: a.id } } }),
    },
    blocks: { read: true, create: { sealed: false } },
  },
  restrict: (a) => ({ org: a.roles[0] ?? '' }),
})

export type TableName = keyof typeof declared

/** In an order in which rows can be stored. */
export const tableNames: readonly TableName[] = [
  'people',
  'boards',
  'members',
  'tasks',
  'tags',
  'taskTags',
  'blocks',
]
