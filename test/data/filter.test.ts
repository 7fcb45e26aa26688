import { type Database, type Filter, id, open, type Row, table, timestamp } from 'plinth/data'
import { type SqlSource, sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { beforeAll, describe, expect, it } from 'vitest'
import { openFresh } from './fixture.ts'

const notes = table('notes', {
  id: id(),
  title: v.string(),
  rank: v.nullable(v.pipe(v.number(), v.integer())),
  done: v.optional(v.boolean(), false),
  tags: v.optional(v.array(v.string()), []),
  at: timestamp({ nullable: true }),
})

let db: Database

beforeAll(async () => {
  db = await open(sqlite(':memory:', [notes]))
  await db.migrate()
  await db.system.createMany(notes, [
    { title: 'one', rank: 1 },
    { title: 'two', rank: 2, done: true },
    { title: 'none' },
  ])
  return () => db.close()
})

async function titles(where: Filter<Row<typeof notes>>): Promise<string[]> {
  const { items } = await db.system.list(notes, { where })
  return items.map(({ title }) => title)
}

describe('a filter', () => {
  it('takes a bare value as equality and null as absence', async () => {
    expect(await titles({ title: 'one' })).toEqual(['one'])
    expect(await titles({ rank: null })).toEqual(['none'])
    expect(await titles({ rank: { ne: null }, done: false })).toEqual(['one'])
  })

  it('counts null as different from every value', async () => {
    expect(await titles({ rank: { ne: 1 } })).toEqual(['two', 'none'])
    expect(await titles({ not: { rank: 1 } })).toEqual(['two', 'none'])
    expect(await titles({ not: { rank: { gt: 1 } } })).toEqual(['one', 'none'])
    expect(await titles({ not: { rank: { in: [1, 2] } } })).toEqual(['none'])
  })

  it('means all rows when it is empty', async () => {
    expect(await titles({})).toHaveLength(3)
    expect(await titles({ and: [] })).toHaveLength(3)
    expect(await titles({ or: [] })).toHaveLength(0)
    expect(await titles({ title: { in: [] } })).toHaveLength(0)
  })

  it('[ASVS 1.2.4] [ASVS 1.2.9] takes wildcards and quotes for what they are', async () => {
    expect(await titles({ title: { contains: '%' } })).toEqual([])
    expect(await titles({ title: { startsWith: "o' OR 1=1 --" } })).toEqual([])
    expect(await titles({ title: { startsWith: 'o' } })).toEqual(['one'])
    expect(await titles({ title: { contains: 'NE' } })).toEqual([])
  })

  it('ends a prefix at the next character, be there surrogates between', async () => {
    const own = await openFresh([notes])
    const titles = [
      '\ud7ff',
      '\ud7ffa',
      '\ue000',
      '\ufffd',
      '\u{10000}',
      '\u{10ffff}',
      '\u{10ffff}z',
    ]
    await own.system.createMany(
      notes,
      titles.map((title) => ({ title })),
    )
    for (const startsWith of [
      '\ud7ff',
      '\ue000',
      '\u{10ffff}',
      'a\u{10ffff}',
      '\u{10ffff}\u{10ffff}',
    ]) {
      const expected = titles.filter((title) => title.startsWith(startsWith))
      expect(await own.system.count(notes, { title: { startsWith } })).toBe(expected.length)
    }
  })

  it('reads a prefix from an index', async () => {
    const places = table('places', { id: id(), name: v.string() }, { indexes: [['name']] })
    const seen: string[] = []
    const source = sqlite(':memory:', [places])
    const watching: SqlSource = {
      ...source,
      async openDriver(options) {
        const driver = await source.openDriver(options)
        const read: typeof driver.read = (statement, params, scope) => {
          seen.push(statement.sql)
          return driver.read(statement, params, scope)
        }
        return { ...driver, read }
      },
    }
    const watched = await open(watching)
    await watched.migrate()
    await watched.system.list(places, { where: { name: { startsWith: 'Zü' } } })
    await watched.close()
    expect(seen.at(-1)).toContain('("name" >= ? AND "name" < ?)')
  })
})

const hostile: [string, unknown, string][] = [
  ['an unknown column', { nope: 1 }, 'nope'],
  ['an unknown column below or', { or: [{ title: 'a' }, { nope: 1 }] }, 'or.1.nope'],
  ['SQL as a column', { 'title" = "title" OR "1': 1 }, 'title" = "title" OR "1'],
  ['an unknown operator', { title: { like: '%' } }, 'title.like'],
  ['undefined', { title: undefined }, 'title'],
  ['undefined in a comparison', { title: { eq: undefined } }, 'title.eq'],
  ['undefined in a list', { title: { in: ['a', undefined] } }, 'title.in'],
  ['a hole in a list', { title: { in: new Array(1) } }, 'title.in'],
  ['null in a list', { rank: { in: [null] } }, 'rank.in'],
  ['null in an order', { rank: { gt: null } }, 'rank.gt'],
  ['an array for a scalar', { title: ['a'] }, 'title'],
  ['a scalar for an array', { title: { in: 'a' } }, 'title.in'],
  ['an empty comparison', { title: {} }, 'title'],
  ['NaN', { rank: Number.NaN }, 'rank'],
  ['infinity', { rank: { lt: Number.POSITIVE_INFINITY } }, 'rank.lt'],
  ['a number beyond 2^53', { rank: 2 ** 53 }, 'rank'],
  ['a fraction for an integer', { rank: 1.5 }, 'rank'],
  ['text for a number', { rank: '1' }, 'rank'],
  ['a number for text', { title: 1 }, 'title'],
  ['a number for a boolean', { done: 1 }, 'done'],
  ['text for a date', { at: '2020-01-01' }, 'at'],
  ['an invalid date', { at: new Date('x') }, 'at'],
  ['JSON compared with a value', { tags: ['a'] }, 'tags'],
  ['JSON compared with text', { tags: { eq: 'a' } }, 'tags.eq'],
  ['parts of a number', { rank: { contains: '1' } }, 'rank.contains'],
  ['NUL in text', { title: 'a\0' }, 'title'],
  ['a lone surrogate in text', { title: { contains: '\ud800' } }, 'title.contains'],
  ['__proto__ as a key', JSON.parse('{"__proto__": {"title": "a"}}'), '__proto__'],
  ['constructor as a key', { constructor: 'a' }, 'constructor'],
  ['a prototype of its own', { __proto__: { title: 'a' } }, 'filter'],
  ['a comparison with a prototype', { title: { __proto__: { eq: 'a' } } }, 'title'],
  ['an array', [], 'filter'],
  ['null', null, 'filter'],
  ['text', 'title', 'filter'],
  ['or without an array', { or: { title: 'a' } }, 'or'],
  ['a hole in or', { or: new Array(1) }, 'or.0'],
  ['not without a filter', { not: undefined }, 'not'],
]

describe('a filter that means nothing', () => {
  it.each(hostile)('is refused with its path: %s', async (_, filter, path) => {
    const refused = { code: 'invalid_filter', status: 400, details: { issues: [{ path }] } }
    const where = filter as Filter<Row<typeof notes>>
    await expect(db.system.list(notes, { where })).rejects.toMatchObject(refused)
    await expect(db.system.count(notes, where)).rejects.toMatchObject(refused)
    await expect(db.system.first(notes, { where })).rejects.toMatchObject(refused)
    await expect(db.system.updateMany(notes, where, { done: true })).rejects.toMatchObject(refused)
    await expect(db.system.deleteMany(notes, where)).rejects.toMatchObject(refused)
    expect(await db.system.count(notes)).toBe(3)
  })

  it('[ASVS 4.3.1] [family 23] is refused beyond 32 levels, however deep', async () => {
    let deep: Filter<Row<typeof notes>> = { title: 'a' }
    for (let level = 0; level < 100_000; level++) deep = { not: deep }
    await expect(db.system.count(notes, deep)).rejects.toMatchObject({ code: 'invalid_filter' })
  })

  it('[ASVS 4.3.1] [family 23] is refused beyond 500 parts or 1,000 values in a list', async () => {
    const or = Array.from({ length: 250 }, (_, at) => ({ title: String(at) }))
    await expect(db.system.count(notes, { or })).rejects.toMatchObject({ code: 'invalid_filter' })
    const empty = { and: Array.from({ length: 500 }, () => ({})) }
    await expect(db.system.count(notes, empty)).rejects.toMatchObject({ code: 'invalid_filter' })
    const list = Array.from({ length: 1001 }, (_, at) => String(at))
    const where = { title: { in: list } }
    await expect(db.system.count(notes, where)).rejects.toMatchObject({ code: 'invalid_filter' })
  })

  it('is answered up to those limits, beside the rules', async () => {
    const or = Array.from({ length: 248 }, (_, at) => ({ rank: { ne: at } }))
    const rule = { not: { and: or } }
    const guarded = table('notes', notes.columns, { policy: { read: rule, update: { not: rule } } })
    const own = await openFresh([guarded])
    const where = { or: or.slice(2), title: { in: Array.from({ length: 1000 }, () => 'a') } }
    expect(await own.as(null).updateMany(guarded, where, { rank: 1 })).toBe(0)
  })
})

describe('a bulk write', () => {
  it('needs a filter, so that none forgotten means all', async () => {
    const none = undefined as never
    await expect(db.system.deleteMany(notes, none)).rejects.toMatchObject({ code: 'misuse' })
    await expect(db.system.updateMany(notes, none, {})).rejects.toMatchObject({ code: 'misuse' })
  })

  it('works with every row on an empty filter', async () => {
    const own = await openFresh([notes])
    await own.system.createMany(notes, [{ title: 'a' }, { title: 'b' }])
    expect(await own.system.updateMany(notes, {}, { done: true })).toBe(2)
    expect(await own.system.deleteMany(notes, {})).toBe(2)
  })
})
