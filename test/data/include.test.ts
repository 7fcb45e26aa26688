import { createSignals } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { actor } from './fixture.ts'
import { library, openLibrary, shareLibrary } from './library.ts'

const { authors, books, reviews } = library
const open = shareLibrary()

describe('an include', () => {
  it('brings the row of a relation to one', async () => {
    const { db, book } = await open()
    const found = await db.system.get(books, book('Birds').id, { include: { writer: true } })
    expect(found).toMatchObject({ title: 'Birds', writer: { name: 'Bo', country: null } })
    const [orphan] = (await db.system.list(reviews, { where: { of: null }, include: { of: true } }))
      .items
    expect(orphan).toMatchObject({ stars: 2, of: null })
  })

  it('brings the row of a relation to one in the statement of a lone row', async () => {
    const signals = createSignals()
    const { db, book } = await openLibrary({ signals })
    const names: string[] = []
    signals.subscribe({ span: ({ name }) => void names.push(name) })
    const include = { writer: true } as const
    const [got, first, none] = [
      await db.system.get(books, book('Birds').id, { include }),
      await db.system.first(books, {
        where: { title: 'Birds' },
        orderBy: { title: 'asc' },
        include,
      }),
      await db.system.first(reviews, { where: { of: null }, include: { of: true } }),
    ]
    expect(names).toEqual(['select books', 'select books', 'select reviews'])
    expect(got).toMatchObject({ title: 'Birds', writer: { name: 'Bo' } })
    expect(first).toEqual(got)
    expect(none).toMatchObject({ of: null })
  })

  it('brings the rows of a relation to many, in order and within a limit', async () => {
    const { db } = await open()
    const page = await db.system.list(authors, {
      orderBy: { name: 'asc' },
      select: ['name'],
      include: { books: { select: ['title'], orderBy: { title: 'desc' }, limit: 1 } },
    })
    expect(page.items).toEqual([
      { name: 'Ada', books: [{ title: 'Notes' }] },
      { name: 'Bo', books: [{ title: 'Birds' }] },
      { name: 'Cy', books: [] },
    ])
  })

  it('takes a filter of its own', async () => {
    const { db } = await open()
    const found = await db.system.first(authors, {
      where: { name: 'Ada' },
      select: ['name'],
      include: { books: { where: { pages: { lt: 100 } }, select: ['title'] } },
    })
    expect(found).toEqual({ name: 'Ada', books: [{ title: 'Notes' }] })
  })

  it('goes through a table between, both ways', async () => {
    const { db, book } = await open()
    const found = await db.system.get(books, book('Notes').id, {
      select: ['title'],
      include: {
        tags: {
          select: ['label'],
          orderBy: { label: 'asc' },
          include: { books: { select: ['title'], orderBy: { title: 'asc' } } },
        },
      },
    })
    expect(found).toEqual({
      title: 'Notes',
      tags: [
        { label: 'maths', books: [{ title: 'Engines' }, { title: 'Notes' }] },
        { label: 'nature', books: [{ title: 'Birds' }, { title: 'Notes' }] },
      ],
    })
  })

  it('shows what the actor may read, and nothing of the rest', async () => {
    const { db, book } = await open()
    const read = (name: string) =>
      db.as(actor(name)).get(books, book('Birds').id, {
        select: ['title'],
        include: { reviews: { select: ['stars'] } },
      })
    expect(await read('ann')).toEqual({ title: 'Birds', reviews: [] })
    expect(await read('bob')).toEqual({ title: 'Birds', reviews: [{ stars: 1 }] })
  })

  it('takes one query a level, however many rows there are', async () => {
    const signals = createSignals()
    const { db } = await openLibrary({ signals })
    const spans: string[] = []
    signals.subscribe({ span: ({ name }) => void spans.push(name) })
    const page = await db.system.list(authors, {
      include: { books: { include: { reviews: true, tags: true } }, teacher: true },
    })
    expect(page.items).toHaveLength(3)
    expect(page.items.flatMap((one) => one.books).flatMap((one) => one.reviews)).toHaveLength(3)
    expect(spans).toEqual([
      'select authors',
      'select books',
      'select reviews',
      'select tags',
      'select authors',
    ])
  })

  it.each<[string, object, string]>([
    ['an unknown relation', { include: { nope: true } }, 'include.nope: Unknown relation.'],
    ['a column', { include: { title: true } }, 'include.title: Unknown relation.'],
    ['an unknown key', { include: { reviews: { were: {} } } }, 'were: Unknown key'],
    ['a limit of a relation to one', { include: { writer: { limit: 1 } } }, 'limit: Unknown key'],
    ['a limit of nothing', { include: { reviews: { limit: 0 } } }, 'include.reviews.limit'],
    ['an unknown column', { include: { reviews: { select: ['nope'] } } }, 'select.0: Unknown'],
    ['no object', { include: ['reviews'] }, 'include: Expected an object.'],
  ])('refuses %s', async (_, query, message) => {
    const { db } = await open()
    await expect(db.system.list(books, query)).rejects.toMatchObject({
      code: 'invalid_query',
      message: expect.stringContaining(message),
    })
  })
})

describe('a selection', () => {
  it('reads the columns named, in a list of pages as well', async () => {
    const { db } = await open()
    const first = await db.system.list(books, {
      select: ['title'],
      orderBy: { pages: 'desc' },
      limit: 3,
    })
    expect(first.items).toEqual([{ title: 'Engines' }, { title: 'Atlas' }, { title: 'Notes' }])
    const rest = await db.system.list(books, {
      select: ['title'],
      orderBy: { pages: 'desc' },
      limit: 3,
      cursor: first.next ?? '',
    })
    expect(rest).toEqual({ items: [{ title: 'Birds' }], next: null })
  })

  it('leaves out repetitions when asked to', async () => {
    const { db } = await open()
    const query = { select: ['country'], distinct: true, limit: 1 } as const
    const first = await db.system.list(authors, query)
    expect(first.items).toEqual([{ country: null }])
    const second = await db.system.list(authors, { ...query, cursor: first.next ?? '' })
    expect(second).toEqual({ items: [{ country: 'uk' }], next: null })
  })

  it.each<[string, object, string]>([
    ['nothing', { select: [] }, 'select: Expected an array of at least one column.'],
    ['a column twice', { select: ['id', 'id'] }, 'select.1: The column is listed twice.'],
    ['distinct rows of all columns', { distinct: true }, 'distinct: Needs select'],
    [
      'an order by what is not selected',
      { select: ['title'], distinct: true, orderBy: { pages: 'asc' } },
      'orderBy.pages: Is not among the selected.',
    ],
  ])('refuses %s', async (_, query, message) => {
    const { db } = await open()
    await expect(db.system.list(books, query)).rejects.toMatchObject({
      code: 'invalid_query',
      message: expect.stringContaining(message),
    })
  })
})

describe('an order', () => {
  it('places nulls where it is told, over pages', async () => {
    const { db } = await open()
    for (const [direction, nulls, expected] of [
      ['asc', 'first', [null, 20, 120, 300]],
      ['asc', 'last', [20, 120, 300, null]],
      ['desc', 'first', [null, 300, 120, 20]],
      ['desc', 'last', [300, 120, 20, null]],
    ] as const) {
      const seen: (number | null)[] = []
      let cursor: string | undefined
      do {
        const orderBy = { pages: { direction, nulls } }
        const page = await db.system.list(books, { orderBy, limit: 1, cursor })
        seen.push(...page.items.map(({ pages }) => pages))
        cursor = page.next ?? undefined
      } while (cursor)
      expect(seen).toEqual(expected)
    }
  })
})
