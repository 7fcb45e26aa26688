import { id, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, shareFresh } from './fixture.ts'

const integer = v.pipe(v.number(), v.integer())
const sales = table(
  'sales',
  {
    id: id(),
    shop: v.pipe(v.string(), v.maxLength(20)),
    owner: v.pipe(v.string(), v.maxLength(20)),
    units: integer,
    price: v.nullable(v.number()),
    cents: v.bigint(),
  },
  { policy: { read: (a) => ({ owner: a.id }) } },
)

const open = shareFresh([sales])

async function openSales() {
  const db = await open()
  await db.system.createMany(sales, [
    { shop: 'north', owner: 'ann', units: 3, price: 1.5, cents: 9_007_199_254_740_993n },
    { shop: 'north', owner: 'ann', units: 5, price: null, cents: 2n },
    { shop: 'south', owner: 'ann', units: 2, price: 2.5, cents: 3n },
    { shop: 'west', owner: 'bob', units: 100, price: 9, cents: 5n },
  ])
  return db
}

describe('an aggregate', () => {
  it('of all rows is an array of one', async () => {
    const db = await openSales()
    const totals = await db.system.aggregate(sales, {
      count: true,
      sum: ['units', 'price', 'cents'],
      avg: ['units', 'price'],
      min: ['shop', 'price'],
      max: ['units', 'cents'],
    })
    expect(totals).toEqual([
      {
        count: 4,
        sum: { units: 110, price: 13, cents: 9_007_199_254_741_003n },
        avg: { units: 27.5, price: 13 / 3 },
        min: { shop: 'north', price: 1.5 },
        max: { units: 100, cents: 9_007_199_254_740_993n },
      },
    ])
  })

  it('of no rows counts none and knows nothing else', async () => {
    const db = await openSales()
    const query = { count: true, sum: ['units'], avg: ['price'], min: ['shop'] } as const
    const nothing = { count: 0, sum: { units: null }, avg: { price: null }, min: { shop: null } }
    expect(await db.system.aggregate(sales, { ...query, where: { units: 0 } })).toEqual([nothing])
    expect(await db.as(null).aggregate(sales, query)).toEqual([nothing])
    expect(await db.as(null).aggregate(sales, { ...query, groupBy: ['shop'] })).toEqual([])
  })

  it('goes group by group, in order', async () => {
    const db = await openSales()
    const query = { groupBy: ['shop'], count: true, sum: ['units'] } as const
    expect(await db.system.aggregate(sales, query)).toEqual([
      { shop: 'north', count: 2, sum: { units: 8 } },
      { shop: 'south', count: 1, sum: { units: 2 } },
      { shop: 'west', count: 1, sum: { units: 100 } },
    ])
    const best = { ...query, orderBy: { sum: { units: 'desc' } }, limit: 2 } as const
    const found = await db.system.aggregate(sales, best)
    expect(found.map(({ shop }) => shop)).toEqual(['west', 'north'])
  })

  it('keeps the groups that meet what is asked of their values', async () => {
    const db = await openSales()
    const query = { groupBy: ['shop'], count: true, sum: ['units'], max: ['price'] } as const
    const shops = async (having: object) =>
      (await db.system.aggregate(sales, { ...query, having })).map(({ shop }) => shop)
    expect(await shops({ count: 1 })).toEqual(['south', 'west'])
    expect(await shops({ count: 1, sum: { units: { gt: 2 } } })).toEqual(['west'])
    expect(await shops({ max: { price: { in: [1.5, 2.5] } } })).toEqual(['north', 'south'])
  })

  it('is about the rows that the actor may read', async () => {
    const db = await openSales()
    const query = { groupBy: ['shop'], count: true } as const
    expect(await db.as(actor('bob')).aggregate(sales, query)).toEqual([{ shop: 'west', count: 1 }])
  })

  it('refuses to answer with another integer than the sum', async () => {
    const db = await open()
    const row = { shop: 'a', owner: 'ann', units: Number.MAX_SAFE_INTEGER, price: 0, cents: 1n }
    await db.system.createMany(sales, [row, row])
    await expect(db.system.aggregate(sales, { sum: ['units'] })).rejects.toMatchObject({
      code: 'out_of_range',
      status: 422,
    })
  })

  it.each<[string, object, string]>([
    ['nothing', {}, 'Expected one of groupBy, count, sum, avg, min, max.'],
    ['an unknown column', { sum: ['nope'] }, 'sum.0: Unknown column.'],
    ['a sum of text', { sum: ['shop'] }, 'sum.shop: Expected a column of numbers.'],
    ['a column twice', { groupBy: ['shop', 'shop'] }, 'groupBy: A column is listed twice.'],
    ['an unknown key', { group: ['shop'] }, 'group: Unknown key'],
    [
      'having of what is not computed',
      { count: true, having: { sum: { units: 1 } } },
      'having.sum.units: Unknown column.',
    ],
    ['an order by what is not computed', { count: true, orderBy: { shop: 'asc' } }, 'orderBy.shop'],
    ['an operator that is none', { count: true, having: { count: { like: 1 } } }, 'having.count'],
  ])('refuses %s', async (_, query, message) => {
    const db = await open()
    await expect(db.system.aggregate(sales, query)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(message),
    })
  })
})

describe('a test for existence', () => {
  it('finds what the actor may read, and nothing else', async () => {
    const db = await openSales()
    expect(await db.system.exists(sales, { shop: 'west' })).toBe(true)
    expect(await db.as(actor('bob')).exists(sales)).toBe(true)
    expect(await db.as(actor('bob')).exists(sales, { shop: 'north' })).toBe(false)
    expect(await db.as(null).exists(sales)).toBe(false)
  })
})
