import { type FilterOf, id, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, shareFresh } from './fixture.ts'

const docs = table(
  'docs',
  {
    id: id(),
    name: v.pipe(v.string(), v.maxLength(20)),
    data: v.nullable(v.record(v.string(), v.unknown())),
  },
  { policy: { read: { data: { path: ['public'], eq: true } }, create: true } },
)

const open = shareFresh([docs])

async function openDocs() {
  const db = await open()
  await db.system.createMany(docs, [
    {
      name: 'a',
      data: { size: 3, at: { city: 'Zürich', zip: '8000' }, tags: ['x', 'y'], public: true },
    },
    { name: 'b', data: { size: '3', at: { city: null }, tags: [], '0': 'zero', public: 1 } },
    { name: 'c', data: { size: 2.5, at: 'Zürich', tags: { '0': 'x' }, public: false } },
    { name: 'd', data: null },
    { name: 'e', data: { big: 2 ** 60, 'odd key.$[0]': "it's", public: 'true' } },
  ])
  const names = async (filter: NonNullable<FilterOf<typeof docs>['data']>) => {
    const { items } = await db.system.list(docs, {
      where: { data: filter },
      orderBy: { name: 'asc' },
    })
    return items.map(({ name }) => name).join('')
  }
  return { db, names }
}

describe('a filter inside JSON', () => {
  it('compares scalars by their type', async () => {
    const { names } = await openDocs()
    expect(await names({ path: ['size'], eq: 3 })).toBe('a')
    expect(await names({ path: ['size'], eq: '3' })).toBe('b')
    expect(await names({ path: ['size'], gte: 2.5 })).toBe('ac')
    expect(await names({ path: ['public'], eq: true })).toBe('a')
    expect(await names({ path: ['public'], eq: 1 })).toBe('b')
    expect(await names({ path: ['public'], in: [true, false] })).toBe('ac')
    expect(await names({ path: ['big'], eq: 2 ** 60 })).toBe('e')
    expect(await names({ path: ['size'], in: [3, 2.5] })).toBe('ac')
  })

  it('tells keys from places', async () => {
    const { names } = await openDocs()
    expect(await names({ path: ['tags', 0], eq: 'x' })).toBe('a')
    expect(await names({ path: ['tags', '0'], eq: 'x' })).toBe('c')
    expect(await names({ path: ['0'], eq: 'zero' })).toBe('b')
    expect(await names({ path: ['tags', 5], eq: 'x' })).toBe('')
    expect(await names({ path: ['odd key.$[0]'], eq: "it's" })).toBe('e')
  })

  it('goes down into objects, and compares text by its parts', async () => {
    const { names } = await openDocs()
    expect(await names({ path: ['at', 'city'], eq: 'Zürich' })).toBe('a')
    expect(await names({ path: ['at', 'city'], startsWith: 'Zü' })).toBe('a')
    expect(await names({ path: ['at', 'city'], endsWith: 'rich' })).toBe('a')
    expect(await names({ path: ['at', 'zip'], contains: '00' })).toBe('a')
  })

  it('counts what is not there as different', async () => {
    const { names, db } = await openDocs()
    expect(await names({ path: ['size'], ne: 3 })).toBe('bcde')
    const not = { not: { data: { path: ['size'], gt: 0 } } }
    const { items } = await db.system.list(docs, { where: not, orderBy: { name: 'asc' } })
    expect(items.map(({ name }) => name).join('')).toBe('bde')
  })

  it('works in rules, before and after the row is stored', async () => {
    const { db } = await openDocs()
    expect(await db.as(actor('ann')).count(docs)).toBe(1)
  })

  it.each<[string, object, string]>([
    ['no path', { path: [], eq: 1 }, 'data.path'],
    ['a path of other things', { path: [null], eq: 1 }, 'data.path'],
    ['a key with a quote', { path: ['a"b'], eq: 1 }, 'data.path'],
    ['a negative place', { path: [-1], eq: 1 }, 'data.path'],
    ['an object', { path: ['a'], eq: {} }, 'data.eq'],
    ['null', { path: ['a'], eq: null }, 'data.eq'],
    ['values of two types', { path: ['a'], in: [1, 'a'] }, 'data.in'],
    ['no comparison', { path: ['a'] }, 'data'],
    ['a plain value', { a: 1 }, 'data.a'],
  ])('refuses %s', async (_, filter, path) => {
    const { db } = await openDocs()
    await expect(
      db.system.count(docs, { data: filter } as FilterOf<typeof docs>),
    ).rejects.toMatchObject({ code: 'invalid_filter', details: { issues: [{ path }] } })
  })
})
