import { type Database, type Filter, id, open, type Row, table } from 'plinth/data'
import { type SqlSource, type Statement, sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { actor } from './fixture.ts'

const notes = table(
  'notes',
  { id: id(), owner: v.string(), title: v.string(), rank: v.number() },
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
})
