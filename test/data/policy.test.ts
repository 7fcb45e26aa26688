import { id, type Policy, type Row, ref, table, timestamp } from 'plinth/data'
import type { Actor } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

const columns = {
  id: id(),
  owner: v.string(),
  title: v.string(),
  state: v.nullable(v.string()),
  slug: v.nullable(v.pipe(v.string(), v.maxLength(100))),
}
const shape = table('notes', columns)
type Note = Row<typeof shape>

function notesWith(policy: Policy<Note>) {
  return table('notes', columns, { unique: [['slug']], policy })
}

const owned: Policy<Note> = { all: (a) => ({ owner: a.id }) }
const ann = actor('ann')
const bob = actor('bob')
const note = { owner: 'ann', title: 'Mine', state: null, slug: null }

describe('a table without a rule', () => {
  it('shows nothing and takes nothing', async () => {
    const notes = notesWith({})
    const db = await openFresh([notes])
    const { id } = await db.system.create(notes, note)
    for (const who of [ann, null]) {
      const as = db.as(who)
      expect(await as.get(notes, id)).toBeNull()
      expect(await as.first(notes)).toBeNull()
      expect(await as.list(notes)).toEqual({ items: [], next: null })
      expect(await as.count(notes)).toBe(0)
      const denied = { code: 'denied', status: 403 }
      await expect(as.create(notes, note)).rejects.toMatchObject(denied)
      await expect(as.createMany(notes, [note])).rejects.toMatchObject(denied)
      await expect(as.update(notes, id, { title: 'x' })).rejects.toMatchObject(denied)
      await expect(as.updateMany(notes, {}, { title: 'x' })).rejects.toMatchObject(denied)
      await expect(as.delete(notes, id)).rejects.toMatchObject(denied)
      await expect(as.deleteMany(notes, {})).rejects.toMatchObject(denied)
    }
    expect(await db.system.get(notes, id)).toMatchObject(note)
  })
})

describe('a rule', () => {
  it('is part of every verb', async () => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    const mine = await db.as(ann).create(notes, note)
    const as = db.as(bob)
    expect(await as.get(notes, mine.id)).toBeNull()
    expect(await as.first(notes, { where: { title: 'Mine' } })).toBeNull()
    expect((await as.list(notes)).items).toEqual([])
    expect(await as.count(notes)).toBe(0)
    expect(await as.update(notes, mine.id, { title: 'x' })).toBeNull()
    expect(await as.update(notes, mine.id, {})).toBeNull()
    expect(await as.updateMany(notes, {}, { title: 'x' })).toBe(0)
    expect(await as.delete(notes, mine.id)).toBe(false)
    expect(await as.deleteMany(notes, {})).toBe(0)
    expect(await db.as(ann).get(notes, mine.id)).toEqual(mine)
  })

  it('cannot be widened by the filter of a query', async () => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    await db.as(ann).create(notes, note)
    const wide = [
      { or: [{ owner: 'ann' }, { owner: 'bob' }] },
      { or: [{}, {}] },
      { not: { owner: 'bob' } },
      { owner: { ne: 'bob' } },
      { owner: { in: ['ann', 'bob'] } },
      { not: { and: [{ owner: 'bob' }, { title: 'nothing' }] } },
    ]
    for (const where of wide) {
      expect(await db.as(bob).count(notes, where)).toBe(0)
      expect((await db.as(bob).list(notes, { where })).items).toEqual([])
      expect(await db.as(bob).updateMany(notes, where, { title: 'x' })).toBe(0)
      expect(await db.as(bob).deleteMany(notes, where)).toBe(0)
    }
  })

  it('as a constant holds for everybody, as a function for the signed-in', async () => {
    const notes = notesWith({ read: { state: 'public' }, create: () => true, update: true })
    const db = await openFresh([notes])
    const open = await db.as(ann).create(notes, { ...note, state: 'public' })
    await db.as(ann).create(notes, note)
    expect(await db.as(null).list(notes)).toEqual({ items: [open], next: null })
    await expect(db.as(null).create(notes, note)).rejects.toMatchObject({ code: 'denied' })
    expect(await db.as(null).update(notes, open.id, { title: 'Wiki' })).toMatchObject({
      title: 'Wiki',
    })
    await expect(db.as(ann).delete(notes, open.id)).rejects.toMatchObject({ code: 'denied' })
  })

  it('of an operation replaces the rule for all', async () => {
    const notes = notesWith({ all: true, delete: (a) => a.roles.includes('admin') })
    const db = await openFresh([notes])
    const { id } = await db.as(null).create(notes, note)
    await expect(db.as(ann).delete(notes, id)).rejects.toMatchObject({ code: 'denied' })
    expect(await db.as(actor('cleo', 'admin')).delete(notes, id)).toBe(true)
  })

  it('that forbids a value lets null through', async () => {
    const notes = notesWith({ read: { state: { ne: 'secret' } } })
    const db = await openFresh([notes])
    await db.system.createMany(notes, [note, { ...note, state: 'secret' }])
    expect(await db.as(null).count(notes)).toBe(1)
    const negated = notesWith({ read: { not: { state: { in: ['secret'] } } } })
    const other = await openFresh([negated])
    await other.system.createMany(negated, [note, { ...note, state: 'secret' }])
    expect(await other.as(null).count(negated)).toBe(1)
  })

  it('is asked for each actor although plans are shared', async () => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    const mine = await db.as(ann).create(notes, note)
    const theirs = await db.as(bob).create(notes, { ...note, owner: 'bob' })
    for (let round = 0; round < 3; round++) {
      expect(await db.as(ann).get(notes, mine.id)).toEqual(mine)
      expect(await db.as(bob).get(notes, mine.id)).toBeNull()
      expect(await db.as(bob).get(notes, theirs.id)).toEqual(theirs)
      expect(await db.system.get(notes, mine.id)).toEqual(mine)
      expect(await db.as(null).get(notes, mine.id)).toBeNull()
    }
  })

  it('fails closed when its filter has an undefined value', async () => {
    const notes = notesWith({
      all: (a) => ({ state: (a as Actor & { team?: string }).team as never }),
    })
    const db = await openFresh([notes])
    await db.system.create(notes, note)
    const mistake = {
      code: 'misuse',
      message: expect.stringMatching(/table\("notes"\) policy\.all: state: .*undefined/),
    }
    await expect(db.as(ann).list(notes)).rejects.toMatchObject(mistake)
    await expect(db.as(ann).count(notes)).rejects.toMatchObject(mistake)
    await expect(db.as(ann).deleteMany(notes, {})).rejects.toMatchObject(mistake)
    await expect(db.as(ann).create(notes, note)).rejects.toMatchObject(mistake)
  })

  it.each([
    ['undefined', () => undefined],
    ['null', () => null],
    ['a promise', async () => true],
    ['text', () => 'owner'],
    ['an array', () => [{ owner: 'a' }]],
    ['an instance', () => new Map([['owner', 'a']])],
  ])('fails closed when it answers with %s', async (_, answer) => {
    let armed = false
    const notes = notesWith({ read: (() => (armed ? answer() : false)) as never })
    const db = await openFresh([notes])
    await db.system.create(notes, note)
    armed = true
    await expect(db.as(ann).list(notes)).rejects.toMatchObject({ code: 'misuse' })
    await expect(openFresh([notes])).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringMatching(/table\("notes"\) policy\.read: expected/),
    })
  })

  it('that names an unknown column fails when the database is opened', async () => {
    const notes = notesWith({ read: (a) => ({ ownr: a.id }) as never })
    await expect(openFresh([notes])).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringMatching(
        /table\("notes"\) policy\.read: ownr: Unknown column\. Columns are: id, owner/,
      ),
    })
  })

  it('that throws for the trial actor is left to real ones', async () => {
    const rule = (a: Actor) => {
      if (a.roles.length === 0) throw new Error('no role')
      return { owner: a.id }
    }
    const notes = notesWith({ all: rule })
    const db = await openFresh([notes])
    await expect(db.as(ann).list(notes)).rejects.toThrow('no role')
    expect(await db.as(actor('ann', 'user')).count(notes)).toBe(0)
  })
})

describe('an actor', () => {
  it.each([
    ['undefined', undefined],
    ['an empty object', {}],
    ['no id', { roles: [] }],
    ['an empty id', { id: '', roles: [] }],
    ['a number as id', { id: 1, roles: [] }],
    ['an object as id', { id: { ne: '' }, roles: [] }],
    ['no roles', { id: 'ann' }],
    ['text as roles', { id: 'ann', roles: 'admin' }],
    ['text', 'ann'],
    ['true', true],
  ])('is misuse at once when it is %s', async (_, who) => {
    const notes = notesWith({ all: true })
    const db = await openFresh([notes])
    expect(() => db.as(who as never)).toThrow(expect.objectContaining({ code: 'misuse' }))
    expect(() => db.system.as(who as never)).toThrow(expect.objectContaining({ code: 'misuse' }))
  })

  it('cannot become the system by its id', async () => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    await db.system.create(notes, note)
    for (const name of ['system', 'Symbol(system)', '*', '%']) {
      expect(await db.as(actor(name)).count(notes)).toBe(0)
    }
  })
})

describe('a row that becomes something else', () => {
  it('cannot be moved out of its rule', async () => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    const mine = await db.as(ann).create(notes, note)
    const denied = { code: 'denied', status: 403 }
    await expect(db.as(ann).update(notes, mine.id, { owner: 'bob' })).rejects.toMatchObject(denied)
    await expect(db.as(ann).updateMany(notes, {}, { owner: 'bob' })).rejects.toMatchObject(denied)
    await expect(db.as(ann).create(notes, { ...note, owner: 'bob' })).rejects.toMatchObject(denied)
    expect(await db.system.list(notes)).toEqual({ items: [mine], next: null })
  })

  it('is judged by all of its columns, changed or not', async () => {
    const rule = { or: [{ state: 'draft' }, { title: { startsWith: 'Public' } }] }
    const notes = notesWith({ read: true, update: rule })
    const db = await openFresh([notes])
    const draft = await db.system.create(notes, { ...note, state: 'draft' })
    const open = await db.system.create(notes, { ...note, state: 'draft', title: 'Public x' })
    const done = { state: 'done' }
    await expect(db.as(ann).update(notes, draft.id, done)).rejects.toMatchObject({ code: 'denied' })
    expect(await db.as(ann).update(notes, open.id, done)).toMatchObject(done)
    expect(await db.as(ann).update(notes, draft.id, { ...done, title: 'Public' })).toMatchObject(
      done,
    )
  })

  it('stops a bulk update as a whole when one row would break the rule', async () => {
    const notes = notesWith({ read: true, update: { or: [{ state: 'draft' }, { title: 'x' }] } })
    const db = await openFresh([notes])
    await db.system.createMany(notes, [
      { ...note, state: 'draft', title: 'x' },
      { ...note, state: 'draft', title: 'y' },
    ])
    const all = db.as(ann).updateMany(notes, {}, { state: 'done' })
    await expect(all).rejects.toMatchObject({ code: 'denied' })
    expect(await db.system.count(notes, { state: 'draft' })).toBe(2)
    expect(await db.as(ann).updateMany(notes, { title: 'x' }, { state: 'done' })).toBe(1)
  })

  it('leaves an enclosing transaction whole when it is denied', async () => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    const mine = await db.as(ann).create(notes, note)
    await db.as(ann).transaction(async (tx) => {
      await tx.update(notes, mine.id, { title: 'kept' })
      await expect(tx.update(notes, mine.id, { owner: 'bob' })).rejects.toMatchObject({
        code: 'denied',
      })
      await expect(tx.create(notes, { ...note, owner: 'bob' })).rejects.toMatchObject({
        code: 'denied',
      })
    })
    expect((await db.system.list(notes)).items).toEqual([{ ...mine, title: 'kept' }])
  })

  it('may leave the sight of whoever changes it', async () => {
    const notes = notesWith({ read: { state: null }, update: (a) => ({ owner: a.id }) })
    const db = await openFresh([notes])
    const mine = await db.system.create(notes, note)
    const gone = await db.as(ann).update(notes, mine.id, { state: 'deleted' })
    expect(gone).toEqual({ ...mine, state: 'deleted' })
    expect(await db.as(ann).update(notes, mine.id, { state: null })).toBeNull()
    expect(await db.as(ann).get(notes, mine.id)).toBeNull()
  })
})

describe('what may be written but not read', () => {
  it('is returned to its creator once and then hidden', async () => {
    const box = notesWith({ create: true })
    const db = await openFresh([box])
    const sent = await db.as(null).create(box, note)
    expect(sent).toMatchObject(note)
    expect(await db.as(null).get(box, sent.id)).toBeNull()
  })

  it('cannot be reached by an update or a delete', async () => {
    const notes = notesWith({ read: (a) => ({ owner: a.id }), update: true, delete: true })
    const db = await openFresh([notes])
    const mine = await db.system.create(notes, note)
    expect(await db.as(bob).update(notes, mine.id, { title: 'x' })).toBeNull()
    expect(await db.as(bob).updateMany(notes, {}, { title: 'x' })).toBe(0)
    expect(await db.as(bob).delete(notes, mine.id)).toBe(false)
    expect(await db.as(bob).deleteMany(notes, {})).toBe(0)
  })
})

describe('a rule of creating', () => {
  it('sees the values that the server fills in', async () => {
    const users = table('users', { id: id(), name: v.string() }, { policy: { read: true } })
    const posts = table(
      'posts',
      {
        id: id(),
        author: ref(users, { default: 'actor' }),
        state: v.optional(v.string(), 'draft'),
        at: timestamp({ default: 'now' }),
      },
      {
        policy: {
          read: true,
          create: (a) => ({ author: a.id, state: 'draft', at: { gt: new Date(0) } }),
        },
      },
    )
    const db = await openFresh([users, posts])
    const user = await db.system.create(users, { name: 'Ann' })
    const other = await db.system.create(users, { name: 'Bob' })
    const as = db.as(actor(user.id))
    expect(await as.create(posts, {})).toMatchObject({ author: user.id, state: 'draft' })
    const denied = { code: 'denied' }
    await expect(as.create(posts, { state: 'live' })).rejects.toMatchObject(denied)
    await expect(as.create(posts, { author: other.id })).rejects.toMatchObject(denied)
    await expect(as.create(posts, { at: new Date(0) })).rejects.toMatchObject(denied)
    await expect(as.createMany(posts, [{}, { state: 'live' }])).rejects.toMatchObject(denied)
    expect(await db.system.count(posts)).toBe(1)
  })

  it('answers before a unique key could tell of hidden rows', async () => {
    const notes = notesWith(owned)
    const db = await openFresh([notes])
    await db.system.create(notes, { ...note, slug: 'taken' })
    const taken = db.as(bob).create(notes, { ...note, owner: 'ann', slug: 'taken' })
    const free = db.as(bob).create(notes, { ...note, owner: 'ann', slug: 'free' })
    const [one, two] = await Promise.allSettled([taken, free])
    expect(one).toEqual(two)
  })
})
