import {
  column,
  type Filter,
  type Handle,
  type Insert,
  id,
  type Patch,
  type ReferencedTable,
  type Row,
  ref,
  table,
  timestamp,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'

const users = table('users', { id: id(), name: v.string() })
const notes = table(
  'notes',
  {
    id: id(),
    owner: ref(users, { default: 'actor' }),
    editor: ref(users, { nullable: true, onDelete: 'set null' }),
    parent: ref((): ReferencedTable => notes, { nullable: true }),
    title: v.pipe(v.string(), v.nonEmpty()),
    body: v.optional(v.string()),
    status: v.optional(v.picklist(['draft', 'done']), 'draft'),
    rank: v.nullable(v.pipe(v.number(), v.integer())),
    big: v.bigint(),
    tags: v.array(v.string()),
    slug: v.pipe(v.number(), v.toString()),
    createdAt: timestamp({ default: 'now' }),
    seenAt: timestamp({ nullable: true }),
    dueAt: timestamp(),
  },
  { policy: { all: (actor) => ({ owner: actor.id }) } },
)
type Note = Row<typeof notes>

describe('types of a table', () => {
  it('gives a row the outputs of its schemas', () => {
    expectTypeOf<Note>().toEqualTypeOf<{
      id: string
      owner: string
      editor: string | null
      parent: string | null
      title: string
      body: string | null
      status: 'draft' | 'done'
      rank: number | null
      big: bigint
      tags: string[]
      slug: string
      createdAt: Date
      seenAt: Date | null
      dueAt: Date
    }>()
  })

  it('lets an insert leave out what is filled or optional', () => {
    expectTypeOf<Insert<typeof notes>>().toEqualTypeOf<{
      title: string
      big: bigint
      tags: string[]
      slug: number
      dueAt: Date
      id?: string | undefined
      owner?: string | undefined
      editor?: string | null | undefined
      parent?: string | null | undefined
      body?: string | undefined
      status?: 'draft' | 'done' | undefined
      rank?: number | null | undefined
      createdAt?: Date | undefined
      seenAt?: Date | null | undefined
    }>()
  })

  it('makes every key of a patch optional', () => {
    expectTypeOf<Patch<typeof notes>['slug']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<{ title?: string }>().toExtend<Patch<typeof notes>>()
  })

  it('keeps the name of a table as a literal', () => {
    expectTypeOf(notes.name).toEqualTypeOf<'notes'>()
  })

  it('takes only filters that fit the columns', () => {
    expectTypeOf<{ title: { startsWith: string } }>().toExtend<Filter<Note>>()
    expectTypeOf<{ rank: null }>().toExtend<Filter<Note>>()
    expectTypeOf<{ rank: { gt: number } }>().toExtend<Filter<Note>>()
    expectTypeOf<{ or: [{ title: string }, { not: { big: bigint } }] }>().toExtend<Filter<Note>>()
    expectTypeOf<{ rank: { startsWith: string } }>().not.toExtend<Filter<Note>>()
    expectTypeOf<{ title: number }>().not.toExtend<Filter<Note>>()
    expectTypeOf<{ status: 'lost' }>().not.toExtend<Filter<Note>>()
    expectTypeOf<{ tags: string[] }>().not.toExtend<Filter<Note>>()
  })

  it('returns rows and takes values by the table given', () => {
    const use = async (db: Handle) => {
      expectTypeOf(await db.get(notes, '')).toEqualTypeOf<Note | null>()
      expectTypeOf((await db.list(notes)).items).toEqualTypeOf<Note[]>()
      // @ts-expect-error title is required
      await db.create(notes, { big: 1n, tags: [], slug: 1, dueAt: new Date() })
      // @ts-expect-error the column does not exist
      await db.update(notes, '', { titel: 'x' })
      // @ts-expect-error the column does not exist
      await db.list(notes, { orderBy: { titel: 'asc' } })
    }
    expectTypeOf(use).toBeFunction()
  })

  it('refuses unknown columns where a table names them', () => {
    const declare = () => {
      // @ts-expect-error the index names an unknown column
      table('a', { id: id() }, { indexes: [['nope']] })
      // @ts-expect-error the rule names an unknown column
      table('a', { id: id() }, { policy: { read: { nope: 'x' } } })
      // @ts-expect-error the rule's answer names an unknown column
      table('a', { id: id() }, { policy: { read: (actor) => ({ nope: actor.id }) } })
      // @ts-expect-error a key is text
      column(v.string(), { kind: 'uuid' })
    }
    expectTypeOf(declare).toBeFunction()
  })
})
