import { describe, expect, it } from 'vitest'
import { actor } from './fixture.ts'
import { library, shareLibrary, titles } from './library.ts'

const { authors, books, reviews, tags } = library
const open = shareLibrary()

describe('a filter through a relation', () => {
  it('to one asks about its row', async () => {
    const { db } = await open()
    expect(await titles(db.system, { writer: { name: 'Ada' } })).toEqual(['Engines', 'Notes'])
    expect(await titles(db.system, { writer: { country: null } })).toEqual(['Atlas', 'Birds'])
    expect(await titles(db.system, { not: { writer: { country: 'uk' } } })).toEqual([
      'Atlas',
      'Birds',
    ])
  })

  it('to one that is null finds where there is none', async () => {
    const { db } = await open()
    const without = await db.system.list(reviews, { where: { of: null } })
    expect(without.items.map(({ stars }) => stars)).toEqual([2])
    expect(await db.system.count(reviews, { not: { of: null } })).toBe(3)
  })

  it('to many asks for some, none or every', async () => {
    const { db } = await open()
    const stars = { stars: { gte: 4 } }
    expect(await titles(db.system, { reviews: { some: stars } })).toEqual(['Engines'])
    expect(await titles(db.system, { reviews: { none: stars } })).toEqual([
      'Atlas',
      'Birds',
      'Notes',
    ])
    expect(await titles(db.system, { reviews: { every: { stars: { gte: 3 } } } })).toEqual([
      'Atlas',
      'Engines',
      'Notes',
    ])
    expect(
      await titles(db.system, { reviews: { some: {}, every: { stars: { gte: 3 } } } }),
    ).toEqual(['Engines'])
  })

  it('goes through a table between', async () => {
    const { db } = await open()
    expect(await titles(db.system, { tags: { some: { label: 'nature' } } })).toEqual([
      'Birds',
      'Notes',
    ])
    expect(await titles(db.system, { tags: { every: { label: 'maths' } } })).toEqual([
      'Atlas',
      'Engines',
    ])
    expect(await titles(db.system, { tags: { none: {} } })).toEqual(['Atlas'])
  })

  it('reaches over several, and the table itself', async () => {
    const { db } = await open()
    const where = { books: { some: { tags: { some: { books: { some: { title: 'Birds' } } } } } } }
    const found = await db.system.list(authors, { where, orderBy: { name: 'asc' } })
    expect(found.items.map(({ name }) => name)).toEqual(['Ada', 'Bo'])
    const pupils = { teacher: { pupils: { some: { name: 'Cy' } } } }
    expect(await db.system.count(authors, pupils)).toBe(2)
    expect(await db.system.count(authors, { pupils: { some: { books: { some: {} } } } })).toBe(1)
  })

  it('counts only what the actor may read', async () => {
    const { db } = await open()
    const where = { reviews: { some: { stars: 1 } } }
    expect(await titles(db.as(actor('ann')), where)).toEqual([])
    expect(await titles(db.as(actor('bob')), where)).toEqual(['Birds'])
    expect(await titles(db.as(actor('ann')), { reviews: { none: {} } })).toEqual([
      'Atlas',
      'Birds',
      'Notes',
    ])
  })

  it('is part of writes as well', async () => {
    const { db } = await open()
    const changed = await db.system.updateMany(
      books,
      { tags: { some: { label: 'maths' } } },
      { pages: 1 },
    )
    expect(changed).toBe(2)
    expect(await titles(db.system, { pages: 1 })).toEqual(['Engines', 'Notes'])
    const lonely = { books: { none: { title: 'Birds' } } }
    await expect(db.system.deleteMany(tags, lonely)).rejects.toMatchObject({
      code: 'invalid_reference',
    })
    expect(await db.system.deleteMany(authors, { books: { none: {} } })).toBe(1)
    expect(await db.system.deleteMany(reviews, { of: { writer: { name: 'Ada' } } })).toBe(2)
  })
})
