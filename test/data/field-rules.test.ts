import { id, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

const text = v.pipe(v.string(), v.maxLength(40))
const people = table(
  'people',
  {
    id: id(),
    login: text,
    email: v.nullable(text),
    salary: v.pipe(v.number(), v.integer()),
    role: v.optional(text, 'guest'),
  },
  {
    policy: { read: true, create: true, update: (a) => ({ login: a.id }) },
    fields: {
      email: { read: (a) => ({ login: a.id }) },
      salary: { read: (a) => a.roles.includes('hr'), write: (a) => a.roles.includes('hr') },
      role: { write: (a) => (a.roles.includes('admin') ? true : { role: 'guest' }) },
    },
  },
)
const ann = actor('ann')
const hr = actor('hr', 'hr')

async function openPeople() {
  const db = await openFresh([people])
  const [a, b] = await db.system.createMany(people, [
    { login: 'ann', email: 'ann@x', salary: 10 },
    { login: 'bob', email: 'bob@x', salary: 20 },
  ])
  return { db, annId: a?.id ?? '', bobId: b?.id ?? '' }
}

describe('a field that an actor may not read', () => {
  it('[ASVS 8.2.3] is null in every row that is read', async () => {
    const { db, annId, bobId } = await openPeople()
    const as = db.as(ann)
    expect(await as.get(people, annId)).toMatchObject({ email: 'ann@x', salary: null })
    expect(await as.get(people, bobId)).toMatchObject({ email: null, salary: null })
    const { items } = await as.list(people, { select: ['email'], orderBy: { login: 'asc' } })
    expect(items).toEqual([{ email: 'ann@x' }, { email: null }])
    expect(await as.update(people, annId, { email: 'new@x' })).toMatchObject({
      email: 'new@x',
      salary: null,
    })
  })

  it('[ASVS 8.2.3] [family 20] is null to the filters of that actor', async () => {
    const { db } = await openPeople()
    const as = db.as(ann)
    expect(await as.count(people, { email: 'bob@x' })).toBe(0)
    expect(await as.count(people, { email: { startsWith: 'bob' } })).toBe(0)
    expect(await as.count(people, { email: null })).toBe(1)
    expect(await as.count(people, { email: { ne: 'ann@x' } })).toBe(1)
    expect(await as.count(people, { not: { email: 'bob@x' } })).toBe(2)
    expect(await db.as(actor('bob')).count(people, { email: 'bob@x' })).toBe(1)
  })

  it('[ASVS 8.2.3] [family 19] [family 20] is null to orders, cursors and groups', async () => {
    const { db } = await openPeople()
    const as = db.as(ann)
    const query = { orderBy: { email: 'desc' }, select: ['login'], limit: 1 } as const
    const first = await as.list(people, query)
    expect(first.items).toEqual([{ login: 'ann' }])
    const second = await as.list(people, { ...query, cursor: first.next ?? '' })
    expect(second.items).toEqual([{ login: 'bob' }])
    expect(await as.aggregate(people, { groupBy: ['email'], count: true })).toEqual([
      { email: null, count: 1 },
      { email: 'ann@x', count: 1 },
    ])
    expect(await as.aggregate(people, { max: ['email'] })).toEqual([{ max: { email: 'ann@x' } }])
    const distinct = await as.list(people, { select: ['email'], distinct: true })
    expect(distinct.items).toEqual([{ email: null }, { email: 'ann@x' }])
  })

  it('must not be named where it is hidden in all rows', async () => {
    const { db } = await openPeople()
    const as = db.as(ann)
    const denied = { code: 'denied', message: 'You may not use salary of people.' }
    await expect(as.count(people, { salary: { gt: 15 } })).rejects.toMatchObject(denied)
    await expect(as.list(people, { orderBy: { salary: 'asc' } })).rejects.toMatchObject(denied)
    await expect(as.aggregate(people, { sum: ['salary'] })).rejects.toMatchObject(denied)
    await expect(as.aggregate(people, { groupBy: ['salary'] })).rejects.toMatchObject(denied)
    const { items } = await as.list(people, { select: ['salary'] })
    expect(items).toEqual([{ salary: null }, { salary: null }])
    expect(await db.as(hr).aggregate(people, { sum: ['salary'] })).toEqual([
      { sum: { salary: 30 } },
    ])
  })
})

describe('a field that an actor may not write', () => {
  it('[ASVS 8.2.3] [ASVS 15.3.3] cannot be set in a new row, nor changed', async () => {
    const { db, annId } = await openPeople()
    const as = db.as(ann)
    const row = { login: 'ann', email: null }
    await expect(as.create(people, { ...row, salary: 1 })).rejects.toMatchObject({
      code: 'denied',
      message: 'You may not set salary of people.',
    })
    await expect(as.update(people, annId, { salary: 1 })).rejects.toMatchObject({ code: 'denied' })
    expect(await db.as(hr).create(people, { ...row, salary: 1 })).toMatchObject({ salary: 1 })
  })

  it('may be left to the server, and set to what its rule allows', async () => {
    const { db, annId } = await openPeople()
    const row = { login: 'ann', email: null, salary: 1 }
    expect(await db.as(hr).create(people, row)).toMatchObject({ role: 'guest' })
    expect(await db.as(hr).create(people, { ...row, role: 'guest' })).toMatchObject({
      role: 'guest',
    })
    await expect(db.as(hr).create(people, { ...row, role: 'boss' })).rejects.toMatchObject({
      code: 'denied',
    })
    await expect(db.as(ann).update(people, annId, { role: 'boss' })).rejects.toMatchObject({
      code: 'denied',
    })
    const admin = actor('ann', 'admin')
    expect(await db.as(admin).update(people, annId, { role: 'boss' })).toMatchObject({
      role: 'boss',
    })
    expect(await db.as(ann).update(people, annId, { role: 'guest' })).toMatchObject({
      role: 'guest',
    })
  })
})
