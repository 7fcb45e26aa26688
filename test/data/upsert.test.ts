import { id, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

const text = v.pipe(v.string(), v.maxLength(40))
const settings = table(
  'settings',
  { id: id(), owner: text, name: v.nullable(text), value: text },
  {
    unique: [['owner', 'name']],
    policy: {
      read: (a) => ({ owner: a.id }),
      create: (a) => ({ owner: a.id }),
      update: (a) => ({ owner: a.id, value: { ne: 'locked' } }),
    },
  },
)
const on = ['owner', 'name'] as const

describe('an upsert', () => {
  it('creates a row, and changes the one that is there', async () => {
    const db = await openFresh([settings])
    const ann = db.as(actor('ann'))
    const first = await ann.upsert(settings, { owner: 'ann', name: 'a', value: '1' }, { on })
    const second = await ann.upsert(settings, { owner: 'ann', name: 'a', value: '2' }, { on })
    expect(second).toEqual({ ...first, value: '2' })
    expect(await db.system.count(settings)).toBe(1)
  })

  it('changes what the patch says, where there is one', async () => {
    const db = await openFresh([settings])
    const row = { owner: 'ann', name: 'a', value: '1' }
    await db.system.upsert(settings, row, { on, update: { value: 'again' } })
    expect(await db.system.list(settings)).toMatchObject({ items: [{ value: '1' }] })
    await db.system.upsert(settings, row, { on, update: { value: 'again' } })
    expect(await db.system.list(settings)).toMatchObject({ items: [{ value: 'again' }] })
  })

  it('tells rows apart that have null in the key', async () => {
    const db = await openFresh([settings])
    const row = { owner: 'ann', name: null, value: '1' }
    await db.system.upsert(settings, row, { on })
    await db.system.upsert(settings, row, { on })
    expect(await db.system.count(settings)).toBe(2)
  })

  it('is one decision among many at the same time', async () => {
    const db = await openFresh([settings])
    const values = Array.from({ length: 20 }, (_, n) => String(n))
    const rows = await Promise.all(
      values.map((value) => db.system.upsert(settings, { owner: 'ann', name: 'a', value }, { on })),
    )
    expect(new Set(rows.map((row) => row.id)).size).toBe(1)
    expect(await db.system.count(settings)).toBe(1)
  })

  it('answers for a hidden row as create does', async () => {
    const db = await openFresh([settings])
    const wide = table(
      'wide',
      { id: id(), owner: text, name: text },
      {
        unique: [['name']],
        policy: { all: (a) => ({ owner: a.id }) },
      },
    )
    const other = await openFresh([wide])
    await other.system.create(wide, { owner: 'bob', name: 'x' })
    const ann = other.as(actor('ann'))
    const values = { owner: 'ann', name: 'x' }
    const created = await ann.create(wide, values).catch((error) => error)
    const upserted = await ann.upsert(wide, values, { on: ['name'] }).catch((error) => error)
    expect(created).toMatchObject({ code: 'conflict', status: 409 })
    expect({ ...upserted, message: upserted.message }).toEqual({
      ...created,
      message: created.message,
    })
    const bob = { id: 'bob', roles: [] }
    expect(await other.as(bob).list(wide)).toMatchObject({ items: [{ owner: 'bob', name: 'x' }] })
    await db.close()
  })

  it('keeps to the rule of updating', async () => {
    const db = await openFresh([settings])
    await db.system.create(settings, { owner: 'ann', name: 'a', value: 'locked' })
    const ann = db.as(actor('ann'))
    await expect(
      ann.upsert(settings, { owner: 'ann', name: 'a', value: '2' }, { on }),
    ).rejects.toMatchObject({ code: 'conflict' })
    await expect(
      ann.upsert(settings, { owner: 'bob', name: 'a', value: '2' }, { on }),
    ).rejects.toMatchObject({ code: 'denied' })
  })

  it('refuses columns that are no key', async () => {
    const db = await openFresh([settings])
    const row = { owner: 'ann', name: 'a', value: '1' }
    await expect(db.system.upsert(settings, row, { on: ['owner'] })).rejects.toMatchObject({
      code: 'invalid_query',
      message: 'on: Expected the columns of a unique key: [id] or [owner, name].',
    })
  })
})
