import { id, type ReferencedTable, ref, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

const users = table(
  'users',
  { id: id(), name: v.string() },
  { policy: { read: (a) => ({ id: a.id }) } },
)
const folders = table(
  'folders',
  {
    id: id(),
    owner: ref(users, { default: 'actor', onDelete: 'cascade' }),
    parent: ref((): ReferencedTable => folders, { nullable: true }),
    reviewer: ref(users, { nullable: true, onDelete: 'set null' }),
  },
  { policy: { all: (a) => ({ owner: a.id }) } },
)
const MISSING = '01890000-0000-7000-8000-000000000000'

async function fresh() {
  const db = await openFresh([users, folders])
  const [ann, bob] = await db.system.createMany(users, [{ name: 'Ann' }, { name: 'Bob' }])
  if (!ann || !bob) throw new Error('two users were created')
  return { db, ann: db.as(actor(ann.id)), bob: db.as(actor(bob.id)), annId: ann.id, bobId: bob.id }
}

/** Everything that a caller can see of an error. */
async function faceOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return { value: await work }
  } catch (error) {
    const { code, status, message, details, headers } = error as Record<string, unknown>
    return { code, status, message, details, headers }
  }
}

describe('a reference', () => {
  it('is filled with the actor who creates the row', async () => {
    const { db, ann, annId } = await fresh()
    expect(await ann.create(folders, {})).toMatchObject({ owner: annId, parent: null })
    await expect(db.system.create(folders, {})).rejects.toMatchObject({
      code: 'invalid_values',
      details: { issues: [{ path: 'owner', message: 'A value is required.' }] },
    })
  })

  it('may be to any row that the actor can read', async () => {
    const { ann, annId } = await fresh()
    const top = await ann.create(folders, {})
    expect(await ann.create(folders, { parent: top.id })).toMatchObject({ parent: top.id })
    const inner = await ann.create(folders, { reviewer: annId })
    expect(await ann.update(folders, inner.id, { parent: top.id })).toMatchObject({
      parent: top.id,
    })
    expect(await ann.updateMany(folders, {}, { parent: null })).toBe(3)
  })

  it('to a hidden row fails byte for byte like one to no row', async () => {
    const { db, ann, bob, bobId } = await fresh()
    const theirs = await bob.create(folders, {})
    const mine = await ann.create(folders, {})
    const tries = (parent: string, reviewer: string) => [
      ann.create(folders, { parent }),
      ann.create(folders, { reviewer }),
      ann.createMany(folders, [{}, { parent }]),
      ann.update(folders, mine.id, { parent }),
      ann.update(folders, mine.id, { reviewer }),
      ann.update(folders, MISSING, { parent }),
      ann.updateMany(folders, {}, { parent }),
      ann.transaction((tx) => tx.create(folders, { parent })),
    ]
    const hidden = await Promise.all(tries(theirs.id, bobId).map(faceOf))
    const missing = await Promise.all(tries(MISSING, MISSING).map(faceOf))
    const malformed = await Promise.all(tries('nonsense', 'nonsense').map(faceOf))
    expect(hidden).toEqual(missing)
    for (const face of missing)
      expect(face).toMatchObject({ code: 'invalid_reference', status: 409 })
    for (const face of malformed) expect(face).toMatchObject({ code: 'invalid_values' })
    expect(await db.system.count(folders)).toBe(2)
  })

  it('to a row of a table that shows nothing is refused', async () => {
    const secrets = table('secrets', { id: id() })
    const keys = table('keys', { id: id(), secret: ref(secrets) }, { policy: { all: true } })
    const db = await openFresh([secrets, keys])
    const secret = await db.system.create(secrets, {})
    const hidden = await faceOf(db.as(null).create(keys, { secret: secret.id }))
    expect(hidden).toEqual(await faceOf(db.as(null).create(keys, { secret: MISSING })))
    expect(await db.system.create(keys, { secret: secret.id })).toMatchObject({ secret: secret.id })
  })

  it('to a missing row is refused for the system as well', async () => {
    const { db, annId } = await fresh()
    const refused = { code: 'invalid_reference', message: expect.stringMatching(/does not exist/) }
    const create = db.system.create(folders, { owner: annId, parent: MISSING })
    await expect(create).rejects.toMatchObject(refused)
    const many = db.system.createMany(folders, [{ owner: annId }, { owner: MISSING }])
    await expect(many).rejects.toMatchObject(refused)
    expect(await db.system.count(folders)).toBe(0)
  })

  it('keeps, takes along or forgets when its row is deleted', async () => {
    const { db, ann, annId, bobId } = await fresh()
    const top = await ann.create(folders, {})
    const inner = await ann.create(folders, { parent: top.id })
    await db.system.update(folders, top.id, { reviewer: bobId })
    await expect(ann.delete(folders, top.id)).rejects.toMatchObject({
      code: 'invalid_reference',
      status: 409,
      message: expect.stringMatching(/still refer/),
    })
    await db.system.delete(users, bobId)
    expect(await ann.get(folders, top.id)).toMatchObject({ reviewer: null })
    expect(await ann.delete(folders, inner.id)).toBe(true)
    await db.system.delete(users, annId)
    expect(await db.system.count(folders)).toBe(0)
  })

  it('does not keep rows that go together', async () => {
    const { db, ann, annId } = await fresh()
    const top = await ann.create(folders, {})
    const inner = await ann.create(folders, { parent: top.id })
    await ann.create(folders, { parent: inner.id })
    expect(await ann.deleteMany(folders, {})).toBe(3)
    await ann.create(folders, { parent: (await ann.create(folders, {})).id })
    expect(await db.system.delete(users, annId)).toBe(true)
    expect(await db.system.count(folders)).toBe(0)
  })

  it('can be to a natural key', async () => {
    const { column } = await import('plinth/data')
    const code = column(v.pipe(v.string(), v.length(2)), { primaryKey: true })
    const countries = table('countries', { code, name: v.string() }, { policy: { read: true } })
    const cities = table('cities', { id: id(), country: ref(countries) }, { policy: { all: true } })
    const db = await openFresh([countries, cities])
    await db.system.create(countries, { code: 'ch', name: 'Switzerland' })
    expect(await db.as(null).create(cities, { country: 'ch' })).toMatchObject({ country: 'ch' })
    expect(await db.as(null).get(countries, 'ch')).toEqual({ code: 'ch', name: 'Switzerland' })
    await expect(db.as(null).create(cities, { country: 'chx' })).rejects.toMatchObject({
      code: 'invalid_values',
    })
  })
})
