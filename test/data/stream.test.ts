import { id, table } from 'plinth/data'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh } from './fixture.ts'
import { library, openLibrary } from './library.ts'

const events = table(
  'events',
  { id: id(), owner: v.pipe(v.string(), v.maxLength(20)), rank: v.pipe(v.number(), v.integer()) },
  { indexes: [['rank']], policy: { all: (a) => ({ owner: a.id }) } },
)

async function openEvents(count: number) {
  const db = await openFresh([events])
  const rows = Array.from({ length: count }, (_, n) => ({
    owner: n % 3 === 0 ? 'bob' : 'ann',
    rank: (n * 7) % 10,
  }))
  await db.system.createMany(events, rows)
  return db
}

async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

describe('a stream', () => {
  it.each([1, 7, 100])('meets every row once, in batches of %i', async (batch) => {
    const db = await openEvents(50)
    const rows = await collect(db.system.stream(events, { orderBy: { rank: 'desc' }, batch }))
    expect(new Set(rows.map((row) => row.id)).size).toBe(50)
    const ranks = rows.map(({ rank }) => rank)
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a))
  })

  it('shows the rows of its actor, filtered and selected', async () => {
    const db = await openEvents(30)
    const where = { rank: { lt: 5 } }
    const rows = await collect(db.as(actor('bob')).stream(events, { where, select: ['owner'] }))
    expect(rows).toEqual(Array(5).fill({ owner: 'bob' }))
    expect(await collect(db.as(null).stream(events))).toEqual([])
  })

  it('brings relations along', async () => {
    const { db } = await openLibrary()
    const query = {
      include: { writer: { select: ['name'] } },
      select: ['title'],
      batch: 2,
    } as const
    const rows = await collect(db.system.stream(library.books, query))
    expect(rows.map(({ writer }) => writer?.name).sort()).toEqual(['Ada', 'Ada', 'Bo', 'Bo'])
  })

  it('can be left, and its rows changed meanwhile', async () => {
    const db = await openEvents(20)
    let met = 0
    for await (const row of db.system.stream(events, { batch: 4 })) {
      await db.system.delete(events, row.id)
      if (++met === 10) break
    }
    expect(await db.system.count(events)).toBe(10)
  })

  it('refuses a batch that means nothing, and ends with its transaction', async () => {
    const db = await openEvents(3)
    const wrong = db.system.stream(events, { batch: 0 })
    await expect(collect(wrong)).rejects.toMatchObject({ code: 'invalid_query' })
    const late = await db.system.transaction(async (tx) => tx.stream(events, { batch: 1 }))
    await expect(collect(late)).rejects.toMatchObject({ code: 'misuse' })
  })
})
