import { id, type ReferencedTable, ref, table } from 'plinth/data'
import { uuidv7 } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'

const shelves = table(
  'shelves',
  { id: id(), owner: v.string() },
  {
    policy: { all: (a) => ({ owner: a.id }) },
  },
)
const books = table(
  'books',
  { id: id(), shelf: ref(shelves), number: v.pipe(v.number(), v.integer()) },
  { unique: [['number']], policy: { all: true } },
)
const nodes = table(
  'nodes',
  { id: id(), owner: v.string(), parent: ref((): ReferencedTable => nodes, { nullable: true }) },
  { policy: { all: (a) => ({ owner: a.id }) } },
)

async function fresh() {
  const db = await openFresh([shelves, books, nodes])
  const ann = db.as(actor('ann'))
  const shelf = (await ann.create(shelves, { owner: 'ann' })).id
  const batch = (size: number, from = 0) =>
    Array.from({ length: size }, (_, at) => ({ shelf, number: from + at }))
  return { db, ann, batch }
}

describe('creating many rows', () => {
  it.each([0, 1, 49, 50, 51, 237])('returns %i rows in the order given', async (size) => {
    const { ann, batch } = await fresh()
    const made = await ann.createMany(books, batch(size))
    expect(made.map(({ number }) => number)).toEqual(batch(size).map(({ number }) => number))
    expect((await ann.list(books, { limit: 1000 })).items).toEqual(made)
  })

  it('stores none when one of them conflicts', async () => {
    const { ann, batch } = await fresh()
    const twins = [...batch(120), ...batch(1, 7)]
    await expect(ann.createMany(books, twins)).rejects.toMatchObject({ code: 'conflict' })
    expect(await ann.count(books)).toBe(0)
    await ann.transaction(async (tx) => {
      await tx.createMany(books, batch(60, 1000))
      await expect(tx.createMany(books, twins)).rejects.toMatchObject({ code: 'conflict' })
    })
    expect(await ann.count(books)).toBe(60)
  })

  it('stores none when one of them refers to a hidden row', async () => {
    const { db, ann, batch } = await fresh()
    const hidden = (await db.system.create(shelves, { owner: 'bob' })).id
    const given = [...batch(70), { shelf: hidden, number: 70 }, ...batch(70, 71)]
    await expect(ann.createMany(books, given)).rejects.toMatchObject({ code: 'invalid_reference' })
    expect(await db.system.count(books)).toBe(0)
  })

  it('lets rows refer to those before them', async () => {
    const { ann } = await fresh()
    const ids = Array.from({ length: 130 }, () => uuidv7())
    const chain = ids.map((key, at) => ({ id: key, owner: 'ann', parent: ids[at - 1] ?? null }))
    expect(await ann.createMany(nodes, chain)).toEqual(chain)
    expect(await ann.deleteMany(nodes, {})).toBe(130)
    await expect(ann.createMany(nodes, chain.toReversed())).rejects.toMatchObject({
      code: 'invalid_reference',
    })
  })
})
