import fc from 'fast-check'
import { column, type Insert, id, table, timestamp } from 'plinth/data'
import { isUuid } from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { openFresh, shareFresh, trait } from './fixture.ts'

const kinds = table('kinds', {
  id: id(),
  text: v.string(),
  choice: v.picklist(['a', 'b']),
  constant: v.literal('x'),
  real: v.number(),
  integer: v.pipe(v.number(), v.safeInteger()),
  big: v.bigint(),
  boolean: v.boolean(),
  date: v.date(),
  at: timestamp(),
  json: v.object({ list: v.array(v.nullable(v.number())), text: v.optional(v.string()) }),
  any: v.unknown(),
  bytes: v.instance(Uint8Array),
  optional: v.optional(v.string()),
  nullish: v.nullish(v.bigint()),
  filled: v.optional(v.number(), 5),
})

const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'))
const [earliest, latest] = trait.instants
const date = fc.date({ noInvalidDate: true, min: earliest, max: latest })
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0)
const json = fc.jsonValue().filter((each) => !JSON.stringify(each).includes('\\u0000'))
const values = fc.record(
  {
    text,
    choice: fc.constantFrom('a' as const, 'b' as const),
    constant: fc.constant('x' as const),
    real: finite,
    integer: fc.maxSafeInteger(),
    big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    boolean: fc.boolean(),
    date,
    at: date,
    json: fc.record({ list: fc.array(fc.option(finite)), text }, { noNullPrototype: true }),
    any: json,
    bytes: fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    optional: fc.option(text, { nil: undefined }),
    nullish: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    filled: fc.option(finite, { nil: undefined }),
  },
  { noNullPrototype: true },
)

describe('a row', () => {
  it('is read as it was written, for every kind of column', async () => {
    const db = await openFresh([kinds])
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        const created = await db.system.create(kinds, given as Insert<typeof kinds>)
        const read = await db.system.get(kinds, created.id)
        expect(read).toStrictEqual(created)
        expect(read).toStrictEqual({
          ...given,
          any: JSON.parse(JSON.stringify(given.any)),
          id: created.id,
          optional: given.optional ?? null,
          filled: given.filled ?? 5,
        })
        const updated = await db.system.update(kinds, created.id, { text: 'new', big: 7n })
        expect(updated).toStrictEqual({ ...created, text: 'new', big: 7n })
      }),
      { numRuns: 200 },
    )
  })
})

const notes = table(
  'notes',
  {
    id: id(),
    title: v.pipe(v.string(), v.nonEmpty('Say something.'), v.maxLength(5)),
    lines: v.optional(v.array(v.object({ quantity: v.pipe(v.number(), v.integer()) })), []),
    rank: v.nullable(v.number()),
    price: v.optional(v.pipe(v.number(), v.integer())),
    note: v.optional(v.string()),
    when: timestamp({ nullable: true }),
    data: v.optional(v.unknown()),
    bytes: v.optional(v.instance(Uint8Array)),
    big: v.optional(v.bigint()),
    createdAt: timestamp({ default: 'now' }),
    updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
  },
  { policy: { all: true } },
)
const openNotes = shareFresh([notes])

async function issuesOf(work: Promise<unknown>): Promise<unknown> {
  const error: { code?: string; status?: number; details?: { issues: unknown } } = await work.then(
    () => ({}),
    (reason) => reason,
  )
  expect(error).toMatchObject({ code: 'invalid_values', status: 422 })
  return error.details?.issues
}

describe('the values of a new row', () => {
  it('are reported with all issues and their paths at once', async () => {
    const db = await openNotes()
    const given = { title: '', lines: [{ quantity: 1.5 }, {}], nope: 1, id: 'x', rank: 'high' }
    const issues = await issuesOf(db.system.create(notes, given as never))
    const paths = (issues as { path: string }[]).map(({ path }) => path)
    expect(new Set(paths)).toEqual(
      new Set(['nope', 'id', 'title', 'lines.0.quantity', 'lines.1.quantity', 'rank']),
    )
    expect(issues).toContainEqual({ path: 'title', message: 'Say something.' })
    expect(issues).toContainEqual({ path: 'nope', message: 'Unknown key.' })
    expect(await db.system.count(notes)).toBe(0)
  })

  it('of many rows are reported with the place of each row', async () => {
    const db = await openNotes()
    const given = [{ title: 'a' }, { title: '' }, null, { title: 'b', x: 1 }]
    expect(await issuesOf(db.system.createMany(notes, given as never))).toEqual([
      { path: '1.title', message: 'Say something.' },
      { path: '2', message: 'Expected an object.' },
      { path: '2.title', message: 'A value is required.' },
      { path: '3.x', message: 'Unknown key.' },
    ])
    expect(await issuesOf(db.system.createMany(notes, {} as never))).toHaveLength(1)
    expect(await db.system.count(notes)).toBe(0)
  })

  it.each([
    ['NUL in text', { note: 'a\0b' }, 'note'],
    ['a lone surrogate', { note: '\udc00' }, 'note'],
    ['NUL inside JSON', { data: { a: ['x\0'] } }, 'data'],
    ['a lone surrogate in a JSON key', { data: { '\ud800': 1 } }, 'data'],
    ['infinity', { rank: Number.POSITIVE_INFINITY }, 'rank'],
    ['NaN', { rank: Number.NaN }, 'rank'],
    ['NaN inside JSON', { data: [Number.NaN] }, 'data'],
    ['a number beyond 2^53', { price: 2 ** 53 }, 'price'],
    ['a bigint beyond 64 bits', { big: 2n ** 63n }, 'big'],
    ['a bigint inside JSON', { data: { a: 1n } }, 'data'],
    ['a Date inside JSON', { data: { at: new Date(0) } }, 'data'],
    ['a function inside JSON', { data: { f: () => 1 } }, 'data'],
    ['JSON nested too deep', { data: JSON.parse('['.repeat(5000) + ']'.repeat(5000)) }, 'data'],
    ['an invalid date', { when: new Date('x') }, 'when'],
    ['text as a date', { when: '2020-01-01' }, 'when'],
    ['an array as bytes', { bytes: [1, 2] }, 'bytes'],
    ['a UUID in upper case', { id: '01890000-0000-7000-8000-00000000000A' }, 'id'],
    ['a UUID with blanks', { id: ' 01890000-0000-7000-8000-000000000000' }, 'id'],
    ['an object as id', { id: {} }, 'id'],
    ['null as id', { id: null }, 'id'],
    ['null where it is required', { createdAt: null }, 'createdAt'],
    ['__proto__', JSON.parse('{"__proto__": {"note": "x"}}'), '__proto__'],
    ['constructor', { constructor: 1 }, 'constructor'],
  ])('are refused when they hold %s', async (_, given, path) => {
    const db = await openNotes()
    const issues = await issuesOf(db.system.create(notes, withTitle(given) as never))
    expect(issues).toEqual([{ path, message: expect.any(String) }])
    expect(await db.system.count(notes)).toBe(0)
  })

  it.each([[undefined], [null], ['text'], [5], [[]], [new Map()], [Object.create({ title: 'a' })]])(
    'are refused when they are no plain object: %j',
    async (given) => {
      const db = await openNotes()
      const issues = await issuesOf(db.system.create(notes, given as never))
      expect(issues).toContainEqual({ path: '', message: 'Expected an object.' })
    },
  )

  it('count a key with undefined as absent', async () => {
    const db = await openNotes()
    const row = await db.system.create(notes, { title: 'a', note: undefined, createdAt: undefined })
    expect(row).toMatchObject({ note: null, lines: [], rank: null, createdAt: expect.any(Date) })
  })

  it('may bring an id of their own, once', async () => {
    const db = await openNotes()
    const own = '01890000-0000-7000-8000-000000000000'
    expect(await db.system.create(notes, { id: own, title: 'a' })).toMatchObject({ id: own })
    await expect(db.system.create(notes, { id: own, title: 'b' })).rejects.toMatchObject({
      code: 'conflict',
      status: 409,
    })
    expect(isUuid((await db.system.create(notes, { title: 'c' })).id)).toBe(true)
  })

  it('pass through the transformations of their schema', async () => {
    const trimmed = table('trimmed', {
      id: id(),
      name: v.pipe(v.string(), v.trim(), v.toLowerCase(), v.nonEmpty()),
      tags: column(
        v.pipe(
          v.string(),
          v.transform((all) => all.split(',')),
        ),
        { kind: 'json' },
      ),
    })
    const db = await openFresh([trimmed])
    const row = await db.system.create(trimmed, { name: '  Ann ', tags: 'a,b' })
    expect(row).toMatchObject({ name: 'ann', tags: ['a', 'b'] })
    await issuesOf(db.system.create(trimmed, { name: '  ', tags: '' }))
  })

  it('are refused when a schema makes what its column cannot hold', async () => {
    const odd = table('odd', {
      id: id(),
      n: column(v.pipe(v.string(), v.transform(Number)), { kind: 'integer' }),
    })
    const db = await openFresh([odd])
    expect(await db.system.create(odd, { n: '5' })).toMatchObject({ n: 5 })
    expect(await issuesOf(db.system.create(odd, { n: 'x' }))).toMatchObject([{ path: 'n' }])
  })
})

describe('a patch', () => {
  it('changes what it names and the time of updating', async () => {
    let now = 1000
    const db = await openFresh([notes], { clock: { now: () => now } })
    const row = await db.system.create(notes, { title: 'a', note: 'x' })
    now = 2000
    const updated = await db.system.update(notes, row.id, { title: 'b' })
    expect(updated).toEqual({ ...row, title: 'b', updatedAt: new Date(2000) })
    const explicit = { title: 'c', updatedAt: new Date(5) }
    expect(await db.system.update(notes, row.id, explicit)).toMatchObject(explicit)
  })

  it('without keys returns the row as it is', async () => {
    let now = 1000
    const db = await openFresh([notes], { clock: { now: () => now } })
    const row = await db.system.create(notes, { title: 'a' })
    now = 2000
    expect(await db.as(null).update(notes, row.id, {})).toEqual(row)
    expect(await db.as(null).update(notes, row.id, { title: undefined })).toEqual(row)
    expect(await db.as(null).update(notes, row.id, {}, { title: 'b' })).toBeNull()
    expect(await db.as(null).updateMany(notes, { title: 'a' }, {})).toBe(1)
    expect(await db.system.get(notes, row.id)).toEqual(row)
  })

  it('takes null for what a new row can do without', async () => {
    const db = await openNotes()
    const given = { title: 'a', note: 'x', price: 5, lines: [{ quantity: 1 }] }
    const row = await db.system.create(notes, given)
    const nothing = { note: null, price: null, lines: null } as never
    expect(await db.system.update(notes, row.id, nothing)).toMatchObject({
      note: null,
      price: null,
      lines: [],
    })
    expect(await issuesOf(db.system.update(notes, row.id, { title: null } as never))).toHaveLength(
      1,
    )
  })

  it('reports all issues and never changes the primary key', async () => {
    const db = await openNotes()
    const row = await db.system.create(notes, { title: 'a' })
    const patch = { id: row.id, title: '', x: 1, note: '\0', createdAt: null }
    const issues = await issuesOf(db.system.update(notes, row.id, patch as never))
    expect(issues).toEqual([
      { path: 'x', message: 'Unknown key.' },
      { path: 'id', message: 'The primary key cannot be changed.' },
      { path: 'title', message: 'Say something.' },
      { path: 'note', message: expect.any(String) },
      { path: 'createdAt', message: expect.any(String) },
    ])
    expect(await db.system.get(notes, row.id)).toEqual(row)
  })

  it('is applied only where its condition holds', async () => {
    const db = await openNotes()
    const row = await db.system.create(notes, { title: 'a', rank: 1 })
    const take = () => db.system.update(notes, row.id, { rank: 0 }, { rank: { gt: 0 } })
    const taken = await Promise.all(Array.from({ length: 20 }, take))
    expect(taken.filter((each) => each !== null)).toHaveLength(1)
  })
})

describe('an id that no row can have', () => {
  it.each(['', 'x', '\0', '\ud800', "' OR 1=1 --", 'a'.repeat(100_000)])(
    'finds nothing: %j',
    async (given) => {
      const db = await openNotes()
      await db.system.create(notes, { title: 'a' })
      expect(await db.system.get(notes, given)).toBeNull()
      expect(await db.system.update(notes, given, { title: 'b' })).toBeNull()
      expect(await db.system.delete(notes, given)).toBe(false)
    },
  )

  it.each([[undefined], [null], [5], [{}], [['x']]])('is misuse when it is %j', async (given) => {
    const db = await openNotes()
    const misuse = { code: 'misuse' }
    await expect(db.system.get(notes, given as never)).rejects.toMatchObject(misuse)
    await expect(db.system.delete(notes, given as never)).rejects.toMatchObject(misuse)
    await expect(db.system.update(notes, given as never, {})).rejects.toMatchObject(misuse)
  })
})

/** Spreading would give `__proto__` to nobody: this keeps it as a key of its own. */
function withTitle(given: object): object {
  return Object.defineProperties({ title: 'a' }, Object.getOwnPropertyDescriptors(given))
}
