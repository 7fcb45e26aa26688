import fc from 'fast-check'
import {
  type Database,
  type Handle,
  id,
  many,
  one,
  type ReferencedTable,
  ref,
  schema,
  table,
  timestamp,
  version,
} from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, shareFresh } from './fixture.ts'

const text = v.pipe(v.string(), v.maxLength(50))
const itemsTable = table(
  'items',
  {
    id: id(),
    up: ref((): ReferencedTable => itemsTable, { nullable: true }),
    slug: text,
    rank: v.nullable(v.pipe(v.number(), v.safeInteger())),
    size: v.nullable(v.number()),
    big: v.nullable(v.bigint()),
    on: v.nullable(v.boolean()),
    at: timestamp({ nullable: true }),
    data: v.nullable(v.record(v.string(), v.unknown())),
    bytes: v.nullable(v.instance(Uint8Array)),
    version: version(),
  },
  { unique: [['slug']], policy: { all: true } },
)
const { items } = schema(
  { items: itemsTable },
  { relations: { items: { above: one('items', 'up'), below: many('items', 'up') } } },
)

const openItems = shareFresh([items])

async function fresh(): Promise<{ db: Database; as: Handle }> {
  const db = await openItems()
  await db.system.create(items, { slug: 'one', rank: 1, data: { a: 1 } })
  return { db, as: db.as(actor('ann')) }
}

const huge = 'x'.repeat(100_000)
const injection = 'slug" FROM items; DROP TABLE items; --'

/** What a query can be given, the field that is refused, and the reason in a few words. */
const queries: readonly [what: string, query: object, path: string, reason: RegExp][] = [
  ['an unknown key', { were: {} }, 'were', /unknown key/i],
  ['a key of another verb', { groupBy: ['rank'] }, 'groupBy', /unknown key/i],
  ['SQL as a selected column', { select: [injection] }, 'select.0', /unknown column/i],
  ['a selected prototype', { select: ['constructor'] }, 'select.0', /unknown column/i],
  ['a selected relation', { select: ['below'] }, 'select.0', /unknown column/i],
  ['a column selected twice', { select: ['id', 'id'] }, 'select.1', /twice/],
  ['nothing selected', { select: [] }, 'select', /at least one/],
  ['a hole in what is selected', { select: new Array(1) }, 'select.0', /unknown column/i],
  ['text for what is selected', { select: 'id' }, 'select', /array/],
  [
    'SQL as an order',
    { orderBy: { [injection]: 'asc' } },
    `orderBy.${injection}`,
    /unknown column/i,
  ],
  [
    'a prototype as an order',
    { orderBy: JSON.parse('{"__proto__":"asc"}') },
    'orderBy.__proto__',
    /unknown column/i,
  ],
  ['an unknown direction', { orderBy: { rank: 'ASC' } }, 'orderBy.rank', /asc/],
  ['a direction with SQL', { orderBy: { rank: 'asc; --' } }, 'orderBy.rank', /asc/],
  [
    'an unknown place of nulls',
    { orderBy: { rank: { direction: 'asc', nulls: 'x' } } },
    'orderBy.rank.nulls',
    /first/,
  ],
  [
    'an unknown key of an order',
    { orderBy: { rank: { direction: 'asc', using: '<' } } },
    'orderBy.rank.using',
    /unknown key/i,
  ],
  ['an order by JSON', { orderBy: { data: 'asc' } }, 'orderBy.data', /no order/],
  ['an order by bytes', { orderBy: { bytes: 'asc' } }, 'orderBy.bytes', /no order/],
  ['an order as an array', { orderBy: ['rank'] }, 'orderBy', /object/],
  ['a limit of 0', { limit: 0 }, 'limit', /1 to 1000/],
  ['a limit beyond 1000', { limit: 1001 }, 'limit', /1 to 1000/],
  ['half a limit', { limit: 1.5 }, 'limit', /1 to 1000/],
  ['a limit as text', { limit: '1' }, 'limit', /1 to 1000/],
  ['an unknown relation', { include: { nope: true } }, 'include.nope', /unknown relation/i],
  ['a column as a relation', { include: { up: true } }, 'include.up', /unknown relation/i],
  [
    'a prototype as a relation',
    { include: { constructor: true } },
    'include.constructor',
    /unknown relation/i,
  ],
  [
    'an unknown key of an include',
    { include: { below: { cursor: 'x' } } },
    'cursor',
    /unknown key/i,
  ],
  [
    'a filter for a relation to one',
    { include: { above: { where: {} } } },
    'where',
    /unknown key/i,
  ],
  [
    'a limit of 0 in an include',
    { include: { below: { limit: 0 } } },
    'include.below.limit',
    /1 to 1000/,
  ],
  ['text for an include', { include: 'below' }, 'include', /object/],
  ['distinct without a selection', { distinct: true }, 'distinct', /select/],
  [
    'distinct with an include',
    { distinct: true, select: ['rank'], include: {} },
    'distinct',
    /include/,
  ],
  [
    'distinct ordered by what is not selected',
    { distinct: true, select: ['rank'], orderBy: { slug: 'asc' } },
    'orderBy.slug',
    /selected/,
  ],
  ['distinct as text', { distinct: 'yes', select: ['rank'] }, 'distinct', /true or false/],
]

describe('a query', () => {
  it.each(queries)('is refused with field and reason: %s', async (_, query, path, reason) => {
    const { db, as } = await fresh()
    const refused = {
      ...{ code: 'invalid_query', status: 400 },
      details: { issues: [{ path, message: expect.stringMatching(reason) }] },
    }
    await expect(as.list(items, query)).rejects.toMatchObject(refused)
    expect(await db.system.count(items)).toBe(1)
  })

  it('[ASVS 4.3.1] is refused when it includes more than eight levels', async () => {
    const { as } = await fresh()
    const nest = (levels: number): object =>
      levels === 0 ? {} : { include: { below: nest(levels - 1) } }
    await expect(as.list(items, nest(8))).resolves.toMatchObject({ items: [{ below: [] }] })
    const refused = { code: 'invalid_query', details: { issues: [{ path: 'include' }] } }
    await expect(as.list(items, nest(9))).rejects.toMatchObject(refused)
    await expect(as.list(items, nest(5000))).rejects.toMatchObject(refused)
  })
})

const paths: readonly [what: string, filter: object, path: string][] = [
  ['an empty path', { path: [], eq: 1 }, 'data.path'],
  ['a path as text', { path: 'a.b', eq: 1 }, 'data.path'],
  ['a path with a quote', { path: ['a"'], eq: 1 }, 'data.path'],
  ['a path with a backslash', { path: ['a\\'], eq: 1 }, 'data.path'],
  ['a path with NUL', { path: ['a\0'], eq: 1 }, 'data.path'],
  ['a path with a lone surrogate', { path: ['\ud800'], eq: 1 }, 'data.path'],
  ['an empty key', { path: [''], eq: 1 }, 'data.path'],
  ['a hyphen before a key', { path: ['-a'], eq: 1 }, 'data.path'],
  ['a long key', { path: ['a'.repeat(201)], eq: 1 }, 'data.path'],
  ['a place before the first', { path: [-1], eq: 1 }, 'data.path'],
  ['half a place', { path: [0.5], eq: 1 }, 'data.path'],
  ['a place beyond 2^31', { path: [2 ** 31], eq: 1 }, 'data.path'],
  ['an object in a path', { path: [{}], eq: 1 }, 'data.path'],
  ['33 steps', { path: Array(33).fill('a'), eq: 1 }, 'data.path'],
  ['no comparison', { path: ['a'] }, 'data'],
  ['an unknown operator', { path: ['a'], like: '%' }, 'data.like'],
  ['an object to compare with', { path: ['a'], eq: {} }, 'data.eq'],
  ['a bigint to compare with', { path: ['a'], eq: 1n }, 'data.eq'],
  ['NaN to compare with', { path: ['a'], gt: Number.NaN }, 'data.gt'],
  ['types mixed in a list', { path: ['a'], in: [1, 'x'] }, 'data.in'],
  ['a list that is too long', { path: ['a'], in: Array(1001).fill(1) }, 'data.in'],
  ['NUL in a part', { path: ['a'], contains: '\0' }, 'data.contains'],
]

describe('a path into JSON', () => {
  it.each(paths)('is refused with field and reason: %s', async (_, data, path) => {
    const { as } = await fresh()
    const refused = { code: 'invalid_filter', details: { issues: [{ path }] } }
    await expect(as.list(items, { where: { data } as never })).rejects.toMatchObject(refused)
    await expect(as.deleteMany(items, { data } as never)).rejects.toMatchObject(refused)
  })

  it.each([
    "'",
    "a'b",
    '%',
    '$',
    '$.a',
    '[0]',
    '.',
    '*',
    '?',
    'a--',
    'ключ',
    '\u{1f511}',
    '0',
    huge.slice(0, 200),
  ])('[ASVS 1.2.4] [ASVS 1.1.2] [family 21] takes %s for a key and nothing else', async (key) => {
    const { db } = await fresh()
    await db.system.create(items, { slug: 'two', data: { [key]: { [key]: 7 } } })
    const where = { data: { path: [key, key], eq: 7 } }
    expect(await db.system.count(items, where)).toBe(1)
    expect(await db.system.count(items, { not: where })).toBe(1)
    expect(await db.system.updateMany(items, where, { rank: 5 })).toBe(1)
    expect(await db.system.deleteMany(items, where)).toBe(1)
  })
})

const relations: readonly [what: string, filter: object, path: string][] = [
  ['many without a quantifier', { below: { slug: 'a' } }, 'below.slug'],
  ['an empty many', { below: {} }, 'below'],
  ['null for many', { below: null }, 'below'],
  ['an unknown quantifier', { below: { any: {} } }, 'below.any'],
  ['an unknown column behind it', { below: { some: { nope: 1 } } }, 'below.some.nope'],
  ['undefined behind it', { below: { some: undefined } }, 'below.some'],
  ['undefined for one', { above: undefined }, 'above'],
  ['true for one', { above: true }, 'above'],
  ['a quantifier for one', { above: { some: {} } }, 'above.some'],
]

describe('a filter through a relation', () => {
  it.each(relations)('is refused with field and reason: %s', async (_, where, path) => {
    const { as } = await fresh()
    const refused = { code: 'invalid_filter', details: { issues: [{ path }] } }
    await expect(as.count(items, where as never)).rejects.toMatchObject(refused)
    const included = as.list(items, { include: { below: { where: where as never } } })
    await expect(included).rejects.toMatchObject(refused)
  })
})

const aggregates: readonly [what: string, query: object, path: string][] = [
  ['nothing asked', {}, 'aggregate()'],
  ['an unknown function', { median: ['rank'] }, 'median'],
  ['SQL as a group', { groupBy: [injection], count: true }, 'groupBy.0'],
  ['JSON as a group', { groupBy: ['data'], count: true }, 'groupBy.data'],
  ['a group twice', { groupBy: ['rank', 'rank'], count: true }, 'groupBy'],
  ['the sum of text', { sum: ['slug'] }, 'sum.slug'],
  ['the sum of instants', { sum: ['at'] }, 'sum.at'],
  ['the least of booleans', { min: ['on'] }, 'min.on'],
  ['the greatest of bytes', { max: ['bytes'] }, 'max.bytes'],
  ['an empty list', { sum: [] }, 'sum'],
  ['a count of 1', { count: 1 }, 'count'],
  ['an order by what is not asked', { count: true, orderBy: { rank: 'asc' } }, 'orderBy.rank'],
  ['an order by SQL', { count: true, orderBy: { [injection]: 'asc' } }, `orderBy.${injection}`],
  ['a limit of 0', { count: true, limit: 0 }, 'limit'],
]

describe('an aggregate', () => {
  it.each(aggregates)('is refused with field and reason: %s', async (_, query, path) => {
    const { as } = await fresh()
    const refused = { code: 'invalid_query', details: { issues: [{ path }] } }
    await expect(as.aggregate(items, query as never)).rejects.toMatchObject(refused)
  })

  it('is refused when groups are to meet what is not asked of them', async () => {
    const { as } = await fresh()
    const refused = (path: string) => ({ code: 'invalid_filter', details: { issues: [{ path }] } })
    const having = (given: object) =>
      as.aggregate(items, { groupBy: ['on'], count: true, having: given as never })
    await expect(having({ sum: { rank: 1 } })).rejects.toMatchObject(refused('having.sum.rank'))
    await expect(having({ count: { like: 1 } })).rejects.toMatchObject(refused('having.count.like'))
    await expect(having({ count: '1' })).rejects.toMatchObject(refused('having.count'))
  })

  it('[ASVS 1.4.2] says when a sum is beyond what a number holds', async () => {
    const { db, as } = await fresh()
    const most = Number.MAX_SAFE_INTEGER
    await db.system.createMany(items, [
      { slug: 'a', rank: most, big: 2n ** 62n },
      { slug: 'b', rank: most, big: 2n ** 62n },
    ])
    const beyond = { code: 'out_of_range', status: 422 }
    await expect(as.aggregate(items, { sum: ['rank'] })).rejects.toMatchObject(beyond)
    await expect(as.aggregate(items, { sum: ['big'] })).rejects.toMatchObject(beyond)
  })
})

describe('an upsert', () => {
  it.each([
    ['no key', { on: [] }, 'on'],
    ['a column that is no key', { on: ['rank'] }, 'on'],
    ['SQL as a key', { on: [injection] }, 'on'],
    ['text as a key', { on: 'slug' }, 'on'],
    ['an unknown option', { on: ['slug'], where: {} }, 'where'],
  ])('is refused with field and reason: %s', async (_, options, path) => {
    const { as } = await fresh()
    const refused = { code: 'invalid_query', details: { issues: [{ path }] } }
    await expect(as.upsert(items, { slug: 'one' }, options as never)).rejects.toMatchObject(refused)
  })
})

describe('an id', () => {
  it.each(['', 'nonsense', injection, '\0', '\ud800', huge, '%', "' OR 1=1 --"])(
    '[ASVS 1.2.4] that no row can have is that of no row: %j',
    async (key) => {
      const { db, as } = await fresh()
      expect(await as.get(items, key)).toBeNull()
      expect(await as.update(items, key, { rank: 2 })).toBeNull()
      expect(await as.delete(items, key)).toBe(false)
      expect(await db.system.count(items, { rank: 1 })).toBe(1)
    },
  )

  it.each([[undefined], [null], [5], [{}], [['a']], [true]])(
    'is misuse when it is %j',
    async (key) => {
      const { as } = await fresh()
      await expect(as.get(items, key as never)).rejects.toMatchObject({ code: 'misuse' })
      await expect(as.update(items, key as never, {})).rejects.toMatchObject({ code: 'misuse' })
      await expect(as.delete(items, key as never)).rejects.toMatchObject({ code: 'misuse' })
    },
  )
})

/** Anything that code could be given, with the words that queries are made of among its keys. */
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<unknown>(
      ...[
        null,
        undefined,
        true,
        '',
        'a',
        'id',
        'asc',
        'below',
        '\0',
        '\ud800',
        0,
        -1,
        2 ** 53,
        0.5,
      ],
      ...[Number.NaN, 1n, 2n ** 64n, new Date(Number.NaN), new Date(8.64e15), new Uint8Array(2)],
      ...['01890000-0000-7000-8000-000000000000', Symbol.iterator, () => true],
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        ...['id', 'up', 'slug', 'rank', 'size', 'big', 'on', 'at', 'data', 'bytes', 'version'],
        ...[
          'above',
          'below',
          'some',
          'every',
          'none',
          'and',
          'or',
          'not',
          'path',
          'eq',
          'ne',
          'in',
        ],
        ...[
          'gt',
          'contains',
          'where',
          'orderBy',
          'select',
          'include',
          'limit',
          'cursor',
          'distinct',
        ],
        ...[
          'groupBy',
          'count',
          'sum',
          'min',
          'having',
          'update',
          'batch',
          'nulls',
          'direction',
          'x',
        ],
      ),
      tie('value'),
      { maxKeys: 3 },
    ),
  ),
})).value

type Verb = (...args: unknown[]) => unknown

describe('whatever a verb is given', () => {
  it('[ASVS 1.2.4] [family 21] is answered or refused before it reaches the database', {
    timeout: 120_000,
  }, async () => {
    const { db } = await fresh()
    const verbs = fc.constantFrom(
      ...['get', 'first', 'list', 'count', 'exists', 'aggregate', 'create', 'createMany'],
      ...['upsert', 'update', 'updateMany', 'delete', 'deleteMany', 'stream'],
    )
    await fc.assert(
      fc.asyncProperty(verbs, anything, anything, async (verb, one_, two) => {
        const handle = db.system as unknown as Record<string, Verb>
        const run = async () => {
          const answer = handle[verb]?.(items, one_, two)
          if (verb !== 'stream') return answer
          // What is streamed is not looked at.
          for await (const _ of answer as AsyncIterable<unknown>);
          return undefined
        }
        const error = (await Promise.resolve()
          .then(run)
          .then(
            () => undefined,
            (reason: unknown) => reason,
          )) as { code?: string; message?: string; cause?: unknown } | undefined
        if (error === undefined) return
        expect(REFUSALS).toContain(error.code)
        // What has a cause comes from the database.
        if (error.code === 'misuse' || error.code === 'invalid_values') {
          expect(error.cause, error.message).toBeUndefined()
        }
      }),
      { numRuns: 1500 },
    )
  })
})

const REFUSALS = [
  ...['misuse', 'invalid_values', 'invalid_filter', 'invalid_query', 'invalid_cursor'],
  ...['conflict', 'invalid_reference', 'version_conflict'],
]
