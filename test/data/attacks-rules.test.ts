import {
  column,
  type FieldRule,
  generated,
  id,
  many,
  one,
  open,
  type Policy,
  type ReferencedTable,
  type Row,
  ref,
  schema,
  table,
  timestamp,
  version,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, freshSource, openFresh } from './fixture.ts'
import { faceOf } from './non-interference/compare.ts'

/** What a caller sees of an error, or of a value. */
async function face(work: Promise<unknown>): Promise<unknown> {
  return work.catch(faceOf)
}

const note = v.pipe(v.string(), v.maxLength(50))
const notesColumns = {
  id: id(),
  owner: note,
  slug: v.nullable(note),
  text: note,
  gone: timestamp({ nullable: true }),
}
const notesTable = table('notes', notesColumns)
type Note = Row<typeof notesTable>

function notesWith(policy: Policy<Note>, slug?: FieldRule<Note>) {
  const fields = slug ? { slug } : {}
  return table('notes', notesColumns, { unique: [['slug']], policy, fields })
}

const ann = actor('ann')
const theirs = { owner: 'bob', slug: 'taken', text: 'hidden' }

describe('an upsert', () => {
  const on = ['slug'] as const
  const owned: Policy<Note> = { all: (a) => ({ owner: a.id }) }

  it('onto an invisible row is a conflict, as creating it is', async () => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    await db.system.create(notes, theirs)
    const mine = { owner: 'ann', slug: 'taken', text: 'mine' }
    const created = await face(db.as(ann).create(notes, mine))
    expect(created).toMatchObject({ code: 'conflict', details: { columns: ['slug'] } })
    expect(await face(db.as(ann).upsert(notes, mine, { on }))).toEqual(created)
    expect(await db.system.first(notes)).toMatchObject(theirs)
  })

  it.each([
    ['with the values', {}],
    ['with a patch', { update: { text: 'x' } }],
    ['with a patch that is refused', { update: { nope: 1 } }],
    ['with a patch of a wrong type', { update: { text: 5 } }],
  ])('%s tells nobody who may not create whether a key is taken', async (_, given) => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    await db.system.create(notes, theirs)
    const attempt = (slug: string) =>
      face(db.as(ann).upsert(notes, { ...theirs, slug }, { on, ...given } as never))
    expect(await attempt('taken')).toEqual(await attempt('free'))
  })

  it('by who may not update is a conflict', async () => {
    const notes = notesWith({ read: true, create: true })
    const db = await openFresh([notes])
    await db.system.create(notes, theirs)
    const again = db.as(ann).upsert(notes, { ...theirs, text: 'x' }, { on })
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
  })

  it('does not find a row by a key that is hidden in it', async () => {
    const notes = notesWith({ all: true }, { read: (a) => ({ owner: a.id }) })
    const db = await openFresh([notes])
    await db.system.create(notes, theirs)
    const guess = db.as(ann).upsert(notes, { ...theirs, text: 'found' }, { on })
    await expect(guess).rejects.toMatchObject({ code: 'conflict' })
    expect(await db.system.first(notes)).toMatchObject(theirs)
    const blind = notesWith({ all: true }, { read: false })
    const other = await openFresh([blind])
    await expect(other.as(ann).upsert(blind, theirs, { on })).rejects.toMatchObject({
      code: 'denied',
    })
  })

  it('revives no row that was deleted softly', async () => {
    const notes = notesWith({ read: { gone: null }, create: true, update: true })
    const db = await openFresh([notes])
    await db.system.create(notes, { ...theirs, gone: new Date(0) })
    const revived = db.as(ann).upsert(notes, { ...theirs, text: 'back', gone: null }, { on })
    await expect(revived).rejects.toMatchObject({ code: 'conflict' })
    expect(await db.system.first(notes)).toMatchObject({ text: 'hidden', gone: new Date(0) })
  })
})

describe('a row that one may not see', () => {
  const policy: Policy<Note> = {
    read: (a) => ({ owner: a.id }),
    create: true,
    update: { text: { ne: 'final' } },
    delete: true,
  }

  it('is missing before any rule of its change is broken', async () => {
    const notes = notesWith(policy)
    const db = await openFresh([notes])
    const hidden = await db.system.create(notes, theirs)
    const as = db.as(ann)
    expect(await as.update(notes, hidden.id, { text: 'final' })).toBeNull()
    expect(await as.updateMany(notes, {}, { text: 'final' })).toBe(0)
    expect(await as.delete(notes, hidden.id)).toBe(false)
    expect(await as.deleteMany(notes, {})).toBe(0)
  })

  it('does not stop a bulk update of those that one sees', async () => {
    const notes = notesWith({ ...policy, update: { slug: { ne: 'taken' } } })
    const db = await openFresh([notes])
    await db.system.create(notes, theirs)
    await db.system.create(notes, { owner: 'ann', slug: null, text: 'mine' })
    expect(await db.as(ann).updateMany(notes, {}, { text: 'x' })).toBe(1)
  })

  it('is handed to its creator alone, masked as for any reader', async () => {
    const notes = notesWith({ create: true }, { read: { owner: 'nobody' } })
    const db = await openFresh([notes])
    const sent = await db.as(ann).create(notes, theirs)
    expect(sent).toMatchObject({ text: 'hidden', slug: null })
    expect(await db.as(ann).createMany(notes, [{ ...theirs, slug: 'b' }])).toMatchObject([
      { slug: null },
    ])
    expect(await db.as(ann).get(notes, sent.id)).toBeNull()
  })
})

describe('a version', () => {
  const pages = table(
    'pages',
    { id: id(), owner: note, text: note, version: version() },
    { policy: { all: (a) => ({ owner: a.id }) } },
  )

  it('of an invisible row is not told by a conflict', async () => {
    const db = await openFresh([pages])
    const hidden = await db.system.create(pages, { owner: 'bob', text: 'x' })
    const as = db.as(ann)
    expect(await as.update(pages, hidden.id, { text: 'y', version: 7 })).toBeNull()
    expect(await as.update(pages, hidden.id, { version: 7 })).toBeNull()
  })

  it('cannot be hidden, since a conflict tells it', () => {
    const fields = { version: { read: false } }
    expect(() => table('pages', { id: id(), version: version() }, { fields })).toThrow(
      'a version has no rules of its own',
    )
  })
})

describe('a generated column', () => {
  const columns = {
    id: id(),
    name: note,
    salary: v.number(),
    band: generated(note, {
      from: ['salary'],
      value: (row: { salary: number }) => (row.salary > 9 ? 'high' : 'low'),
    }),
  }

  it('made from a hidden one needs a rule of its own', () => {
    const salary = { read: false }
    expect(() => table('staff', columns, { fields: { salary } })).toThrow(
      'fields.band: needs a rule of reading, as "salary", which it is made from, has one',
    )
    expect(table('staff', columns, { fields: { salary, band: { read: true } } }).name).toBe('staff')
  })

  it('is what rules of writing see, as it will be stored', async () => {
    const staff = table('staff', columns, { policy: { all: { band: 'low' } } })
    const db = await openFresh([staff])
    const created = await db.as(ann).create(staff, { name: 'a', salary: 1 })
    const denied = { code: 'denied' }
    await expect(db.as(ann).create(staff, { name: 'b', salary: 10 })).rejects.toMatchObject(denied)
    await expect(db.as(ann).update(staff, created.id, { salary: 10 })).rejects.toMatchObject(denied)
    await expect(db.as(ann).updateMany(staff, {}, { salary: 10 })).rejects.toMatchObject(denied)
    const upserted = db
      .as(ann)
      .upsert(staff, { ...created, band: undefined, salary: 10 } as never, {
        on: ['id'],
      })
    await expect(upserted).rejects.toMatchObject(denied)
  })
})

describe('a cursor', () => {
  const items = table(
    'items',
    { id: id(), owner: note, rank: v.number() },
    {
      policy: { all: true },
      fields: { rank: { read: (a) => a.roles.includes('lead') || { owner: a.id } } },
    },
  )

  it('carries nothing that is hidden from its reader', async () => {
    const db = await openFresh([items])
    await db.system.createMany(items, [
      { owner: 'bob', rank: 424242 },
      { owner: 'bob', rank: 434343 },
    ])
    const { next } = await db.as(ann).list(items, { orderBy: { rank: 'asc' }, limit: 1 })
    expect(atob((next ?? '').split('.')[0] ?? '')).toMatch(/^\[null,"[0-9a-f-]{36}"\]$/)
  })

  it('made with a role shows nothing without it', async () => {
    const db = await openFresh([items])
    await db.system.createMany(
      items,
      [1, 2, 3, 4].map((rank) => ({ owner: 'bob', rank })),
    )
    const query = { orderBy: { rank: 'desc' }, limit: 2 } as const
    const { next } = await db.as(actor('ann', 'lead')).list(items, query)
    const rest = await db.as(ann).list(items, { ...query, cursor: next ?? '' })
    expect(rest.items.every(({ rank }) => rank === null)).toBe(true)
  })
})

describe('a tenant rule', () => {
  const declared = {
    teams: table('teams', { id: id(), org: note, name: note }, { policy: { all: true } }),
    logs: table('logs', { id: id(), org: note, text: note }, { policy: { all: true } }),
  }
  const tenants = schema(declared, { restrict: (a) => ({ org: a.roles[0] ?? '' }) })
  const red = actor('ann', 'red')

  it('[ASVS 8.4.1] lets no row out of the tenant and none in', async () => {
    const { teams } = tenants
    const db = await openFresh([...Object.values(tenants)])
    const mine = await db.as(red).create(teams, { org: 'red', name: 'a' })
    const foreign = await db.system.create(teams, { org: 'blue', name: 'b' })
    const as = db.as(red)
    const denied = { code: 'denied' }
    await expect(as.update(teams, mine.id, { org: 'blue' })).rejects.toMatchObject(denied)
    await expect(as.updateMany(teams, {}, { org: 'blue' })).rejects.toMatchObject(denied)
    await expect(as.create(teams, { org: 'blue', name: 'c' })).rejects.toMatchObject(denied)
    await expect(as.createMany(teams, [{ org: 'blue', name: 'c' }])).rejects.toMatchObject(denied)
    expect(await as.update(teams, foreign.id, { org: 'red' })).toBeNull()
    expect(await as.updateMany(teams, {}, { name: 'x' })).toBe(1)
    expect(await as.deleteMany(teams, {})).toBe(1)
    expect(await db.as(null).list(teams)).toEqual({ items: [], next: null })
    expect(await db.system.list(teams)).toMatchObject({ items: [{ org: 'blue', name: 'b' }] })
  })

  it.each([
    ['before', [declared.teams, tenants.teams]],
    ['behind', [tenants.teams, declared.teams]],
  ])('holds for a table that is listed %s its form in the schema', async (_, listed) => {
    const db = await openFresh(listed)
    await db.system.create(tenants.teams, { org: 'blue', name: 'b' })
    expect(await db.as(red).count(tenants.teams)).toBe(0)
    expect(await db.as(red).count(declared.teams)).toBe(0)
  })

  it('of two schemas with the same table is refused', async () => {
    const other = schema({ teams: declared.teams }, { restrict: (a) => ({ name: a.id }) })
    const opened = open(await freshSource([tenants.teams, other.teams]))
    await expect(opened).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringMatching(/two schemas/),
    })
  })
})

describe('a rule through a relation', () => {
  const columns = { id: id(), owner: note, open: v.boolean() }
  const boards = table('boards', columns, { policy: { read: (a) => ({ owner: a.id }) } })
  const cards = table('cards', { id: id(), board: ref(boards), title: note })
  const linked = schema(
    { boards, cards },
    {
      relations: {
        boards: { cards: many('cards', 'board') },
        cards: { on: one('boards', 'board') },
      },
      policies: {
        cards: { read: true, create: { on: { open: true } }, update: { on: { open: true } } },
      },
    },
  )

  it('does not tell a hidden parent from a missing one', async () => {
    const db = await openFresh([...Object.values(linked)])
    const hidden = await db.system.create(linked.boards, { owner: 'bob', open: true })
    const shut = await db.system.create(linked.boards, { owner: 'bob', open: false })
    const mine = await db.system.create(linked.boards, { owner: 'ann', open: true })
    const card = await db.system.create(linked.cards, { board: mine.id, title: 'x' })
    const as = db.as(ann)
    const tries = (board: string) =>
      Promise.all(
        [
          as.create(linked.cards, { board, title: 'x' }),
          as.createMany(linked.cards, [{ board, title: 'x' }]),
          as.upsert(linked.cards, { board, title: 'x' }, { on: ['id'] }),
          as.update(linked.cards, card.id, { board }),
          as.updateMany(linked.cards, {}, { board }),
          as.transaction((tx) => tx.createMany(linked.cards, [{ board, title: 'x' }])),
        ].map(face),
      )
    const missing = await tries('01890000-0000-7000-8000-000000000000')
    expect(missing.map((each) => (each as { code: string }).code)).toEqual(
      missing.map(() => 'invalid_reference'),
    )
    expect(await tries(hidden.id)).toEqual(missing)
    expect(await tries(shut.id)).toEqual(missing)
  })
})

describe('a plan', () => {
  it('made for one actor masks and hides for the next', async () => {
    const items = table(
      'items',
      { id: id(), owner: note, secret: note },
      {
        policy: { read: (a) => ({ owner: { in: [a.id, 'all'] } }) },
        fields: { secret: { read: (a) => a.roles.includes('lead') || { owner: a.id } } },
      },
    )
    const db = await openFresh([items])
    await db.system.createMany(
      items,
      ['ann', 'bob', 'all'].map((owner) => ({ owner, secret: `of ${owner}` })),
    )
    const seen = async (who: ReturnType<typeof actor>) => {
      const { items: rows } = await db.as(who).list(items, { orderBy: { owner: 'asc' } })
      return rows.map(({ owner, secret }) => `${owner}: ${secret}`)
    }
    for (let round = 0; round < 3; round += 1) {
      expect(await seen(actor('ann'))).toEqual(['all: null', 'ann: of ann'])
      expect(await seen(actor('bob'))).toEqual(['all: null', 'bob: of bob'])
      expect(await seen(actor('ann', 'lead'))).toEqual(['all: of all', 'ann: of ann'])
    }
  })
})

describe('an id that is no UUID', () => {
  const users = table(
    'users',
    { id: id(), name: note },
    { policy: { read: (a) => ({ id: a.id }) } },
  )

  it('of an actor passes no rule about ids', async () => {
    const db = await openFresh([users])
    const { id: key } = await db.system.create(users, { name: 'a' })
    for (const other of ['ann', '', key.toUpperCase(), key.replaceAll('-', ''), `{${key}}`]) {
      if (other !== '') expect(await db.as(actor(other)).count(users)).toBe(0)
      expect(await db.system.count(users, { id: other })).toBe(0)
      expect(await db.system.count(users, { id: { in: [other] } })).toBe(0)
      expect(await db.system.count(users, { id: { ne: other } })).toBe(1)
      expect(await db.system.count(users, { not: { id: { in: [other, key] } } })).toBe(0)
    }
    expect(await db.as(actor(key)).count(users)).toBe(1)
  })
})

describe('deep JSON', () => {
  it("of a hidden row fails nobody else's write", async () => {
    const docs = table(
      'docs',
      {
        id: id(),
        owner: note,
        data: column(v.unknown(), { kind: 'json' }),
        hits: v.optional(v.number(), 0),
      },
      { policy: { all: (a) => ({ owner: a.id }) } },
    )
    const db = await openFresh([docs])
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
    await db.as(actor('bob')).create(docs, { owner: 'bob', data: nested(31) })
    await db.as(ann).create(docs, { owner: 'ann', data: nested(2) })
    await expect(db.as(ann).create(docs, { owner: 'ann', data: nested(32) })).rejects.toMatchObject(
      {
        details: { issues: [{ path: 'data', message: 'Nested more than 31 levels deep.' }] },
      },
    )
    const where = { data: { path: ['a', 'a'], eq: 1 } } as const
    expect(await db.as(ann).updateMany(docs, where, { hits: 1 })).toBe(1)
    expect(await db.as(ann).deleteMany(docs, where)).toBe(1)
    const deep = { data: { path: Array<string>(31).fill('a'), eq: 1 } }
    expect(await db.system.count(docs, deep)).toBe(1)
  })
})

describe('a bulk delete', () => {
  const nodes = table(
    'nodes',
    {
      id: id(),
      name: note,
      up: ref((): ReferencedTable => nodes, { nullable: true, onDelete: 'set null' }),
    },
    { policy: { read: true, delete: { up: null } } },
  )

  it('deletes no row that its condition met only while it ran', async () => {
    const db = await openFresh([nodes])
    const top = await db.system.create(nodes, { name: 'top' })
    const middle = await db.system.create(nodes, { name: 'middle', up: top.id })
    await db.system.create(nodes, { name: 'leaf', up: middle.id })
    expect(await db.as(ann).deleteMany(nodes, {})).toBe(1)
    expect(await db.system.count(nodes)).toBe(2)
    expect(await db.system.deleteMany(nodes, { not: { up: { ne: null } } })).toBe(1)
    expect(await db.system.list(nodes)).toMatchObject({ items: [{ name: 'leaf', up: null }] })
  })
})

describe('rows that go along with a deleted one', () => {
  const nodes = table(
    'nodes',
    {
      id: id(),
      name: note,
      up: ref((): ReferencedTable => nodes, { nullable: true, onDelete: 'cascade' }),
    },
    { policy: { all: { name: { ne: 'hidden' } } } },
  )

  it('are counted where they were meant, whatever hidden row is between', async () => {
    const db = await openFresh([nodes])
    const counted: number[] = []
    for (const between of [true, false]) {
      const top = await db.system.create(nodes, { name: 'top' })
      const hidden = await db.system.create(nodes, { name: 'hidden', up: between ? top.id : null })
      await db.system.create(nodes, { name: 'leaf', up: hidden.id })
      counted.push(await db.as(ann).deleteMany(nodes, {}))
    }
    expect(counted).toEqual([2, 2])
    expect(await db.system.count(nodes)).toBe(1)
  })
})
