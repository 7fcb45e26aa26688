import * as fc from 'fast-check'
import { type Database, type Filter, id, open, type Row, table } from 'plinth/data'
import { type SqlSource, type Statement, sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { actor } from './fixture.ts'

const notes = table(
  'notes',
  { id: id(), owner: v.string(), title: v.nullable(v.string()), rank: v.number() },
  { policy: { all: (a) => ({ owner: a.id }) } },
)

/** A database that tells which statements its driver is given. */
async function watched(): Promise<{ db: Database; seen: Statement[] }> {
  const seen: Statement[] = []
  const source = sqlite(':memory:', [notes])
  const watching: SqlSource = {
    ...source,
    async openDriver(options) {
      const driver = await source.openDriver(options)
      return {
        ...driver,
        read(statement, params, scope) {
          seen.push(statement)
          return driver.read(statement, params, scope)
        },
      }
    },
  }
  const db = await open(watching)
  onTestFinished(() => db.close())
  await db.migrate()
  seen.length = 0
  return { db, seen }
}

/** The filter whose shape writes `n` in binary: one of a thousand shapes. */
function shape(n: number): Filter<Row<typeof notes>> {
  const bits = n.toString(2).padStart(10, '0')
  return { and: Array.from(bits, (bit) => (bit === '1' ? { rank: 1 } : { title: 'a' })) }
}

describe('a compiled statement', () => {
  it('is the same object for the same shape, whatever the values', async () => {
    const { db, seen } = await watched()
    await db.as(actor('ann')).list(notes, { where: { rank: { gt: 1 }, title: 'a' }, limit: 5 })
    await db.as(actor('bob')).list(notes, { where: { title: 'b', rank: { gt: 2 } }, limit: 9 })
    await db.as(actor('ann')).list(notes, { where: { rank: { lt: 1 }, title: 'a' } })
    expect(seen[1]).toBe(seen[0])
    expect(seen[2]).not.toBe(seen[0])
  })

  it('holds no value of a query or an actor', async () => {
    const { db, seen } = await watched()
    const where = { or: [{ title: { contains: 'needle' } }, { title: { in: ['needle', 'x'] } }] }
    await db.as(actor('needle')).list(notes, { where })
    await db.as(actor('needle')).get(notes, 'needle')
    await db.as(actor('needle')).count(notes, { rank: 123456 })
    expect(JSON.stringify(seen)).not.toMatch(/needle|123456/)
  })

  it('is forgotten in time when its shape is not used any more', async () => {
    const { db, seen } = await watched()
    const ask = (n: number) => db.system.count(notes, shape(n))
    await ask(0)
    for (let n = 1; n < 200; n++) await ask(n)
    await ask(0)
    expect(seen.at(-1)).toBe(seen[0])
    for (let n = 200; n < 1000; n++) {
      await ask(n)
      await ask(1)
    }
    await ask(1)
    expect(seen.at(-1)).toBe(seen[1])
    await ask(0)
    expect(seen.at(-1)).not.toBe(seen[0])
  })

  it('is the one that its own query would get alone', async () => {
    const { db, seen } = await watched()
    const asking = fc.record(
      { where: filters, orderBy: orders, limit: fc.integer({ min: 1, max: 9 }) },
      { requiredKeys: [] },
    )
    const check = async (queries: readonly object[]) => {
      for (const query of queries) await db.as(actor('ann')).list(notes, query)
      const warm = seen.splice(0)
      for (const [at, query] of queries.entries()) {
        const cold = await watched()
        await cold.db.as(actor('ann')).list(notes, query)
        expect(warm[at]?.sql).toBe(cold.seen[0]?.sql)
        await cold.db.close()
      }
    }
    await fc.assert(fc.asyncProperty(fc.array(asking, { minLength: 2, maxLength: 5 }), check), {
      numRuns: 60,
    })
  })

  it('is still right after more shapes than are kept', async () => {
    const { db } = await watched()
    const row = await db.system.create(notes, { owner: 'ann', title: 'a', rank: 1 })
    for (let n = 0; n < 1000; n++) await db.system.list(notes, { where: shape(n) })
    const found = await db.as(actor('ann')).list(notes, { where: shape(1) })
    expect(found.items).toEqual([row])
    expect((await db.as(actor('ann')).list(notes, { where: { rank: { ne: 1 } } })).items).toEqual(
      [],
    )
  })
})

const texts = fc.oneof(
  fc.constantFrom<unknown>('a', null),
  fc.record({ eq: fc.constant('a') }),
  fc.record({ ne: fc.constantFrom('a', null) }),
  fc.record({ in: fc.subarray(['a', 'b', 'c']) }),
  fc.record({ startsWith: fc.constantFrom('', 'a') }),
)
const numbers = fc.oneof(
  fc.constant<unknown>(1),
  fc.dictionary(fc.constantFrom('gt', 'gte', 'lt', 'lte', 'ne'), fc.integer(), {
    minKeys: 1,
    maxKeys: 2,
  }),
)
const { filters } = fc.letrec<{ filters: object }>((tie) => ({
  filters: fc.oneof(
    { maxDepth: 3 },
    fc.record({ title: texts, rank: numbers }, { requiredKeys: ['rank'] }),
    fc.constantFrom(
      { and: [{ or: [{ rank: 1 }] }, { title: 'a' }] },
      { and: [{ or: [{ rank: 1 }, { title: 'a' }] }] },
    ),
    fc.record({ not: tie('filters') }),
    fc.record({ or: fc.array(tie('filters'), { maxLength: 3 }) }),
    fc.record({ and: fc.array(tie('filters'), { maxLength: 3 }) }),
  ),
}))
const orders = fc.constantFrom(
  { rank: 'asc' },
  { rank: 'desc' },
  { title: 'desc', rank: 'asc' },
  { title: { direction: 'desc', nulls: 'first' }, rank: 'asc' },
  { title: { direction: 'desc', nulls: 'last' }, rank: 'asc' },
)
