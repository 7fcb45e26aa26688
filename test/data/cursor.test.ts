import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { id, type ListQuery, open, table } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { actor, openFresh, shareFresh } from './fixture.ts'

const columns = { id: id(), kind: v.string(), rank: v.nullable(v.number()) }
const policy = { all: true }
const items = table('items', columns, { policy })
const others = table('others', columns, { policy })
const ann = actor('ann')
const invalid = { code: 'invalid_cursor', status: 400 }

const openItems = shareFresh([items, others])

async function fresh() {
  const db = await openItems()
  const rows = Array.from({ length: 6 }, (_, rank) => ({ kind: rank % 2 ? 'odd' : 'even', rank }))
  await db.system.createMany(items, rows)
  await db.system.createMany(others, rows)
  return db
}

const query = { orderBy: { rank: 'desc' }, limit: 2 } satisfies ListQuery<typeof items>

async function cursorOf(db: Awaited<ReturnType<typeof fresh>>): Promise<string> {
  const { next } = await db.as(ann).list(items, query)
  if (next === null) throw new Error('there is a second page')
  return next
}

describe('a cursor', () => {
  it('continues the list that it came from', async () => {
    const db = await fresh()
    const page = await db.as(ann).list(items, { ...query, cursor: await cursorOf(db) })
    expect(page.items.map(({ rank }) => rank)).toEqual([3, 2])
  })

  it('continues with another limit and another spelling of the filter', async () => {
    const db = await fresh()
    const where = { kind: 'odd', rank: { gte: 0, lt: 9 } }
    const { next } = await db.as(ann).list(items, { where, limit: 1 })
    const respelled = { rank: { lt: 9, gte: 0 }, kind: { eq: 'odd' } }
    const cursor = next ?? ''
    const page = await db.as(ann).list(items, { where: respelled, limit: 9, cursor })
    expect(page.items.map(({ rank }) => rank)).toEqual([3, 5])
  })

  it('is refused when any of its characters is changed', async () => {
    const db = await fresh()
    const cursor = await cursorOf(db)
    for (let at = 0; at < cursor.length; at++) {
      const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1)
      await expect(db.as(ann).list(items, { ...query, cursor: changed })).rejects.toMatchObject(
        invalid,
      )
    }
  })

  it('is refused when it is cut, grown or respelled', async () => {
    const db = await fresh()
    const cursor = await cursorOf(db)
    const [payload = '', signature = ''] = cursor.split('.')
    const forged = [
      '',
      '.',
      'x',
      payload,
      signature,
      `.${signature}`,
      cursor.slice(1),
      cursor.slice(0, -1),
      `${cursor}A`,
      `${cursor}=`,
      ` ${cursor}`,
      `A${cursor}`,
      `${payload}..${signature}`,
      `${payload}${signature}`,
      `${btoa('[5,"x"]')}.${signature}`,
      'a'.repeat(1_000_000),
      `${'\ud800'.repeat(9)}.${signature}`,
    ]
    for (const each of forged) {
      await expect(db.as(ann).list(items, { ...query, cursor: each })).rejects.toMatchObject(
        invalid,
      )
    }
  })

  it.each([[null], [5], [{}], [[]], [true]])('is refused when it is %j', async (cursor) => {
    const db = await fresh()
    const listed = db.as(ann).list(items, { ...query, cursor: cursor as never })
    await expect(listed).rejects.toMatchObject(invalid)
  })

  it('is refused for another table, filter, order or actor', async () => {
    const db = await fresh()
    const cursor = await cursorOf(db)
    const foreign = [
      db.as(ann).list(others, { ...query, cursor }),
      db.as(ann).list(items, { ...query, where: {}, cursor }),
      db.as(ann).list(items, { ...query, where: { kind: 'odd' }, cursor }),
      db.as(ann).list(items, { limit: 2, cursor }),
      db.as(ann).list(items, { ...query, orderBy: { rank: 'asc' }, cursor }),
      db.as(ann).list(items, { ...query, orderBy: { rank: 'desc', kind: 'desc' }, cursor }),
      db.as(actor('bob')).list(items, { ...query, cursor }),
      db.as(actor('system')).list(items, { ...query, cursor }),
      db.as(null).list(items, { ...query, cursor }),
      db.system.list(items, { ...query, cursor }),
    ]
    for (const listed of foreign) await expect(listed).rejects.toMatchObject(invalid)
  })

  it('tells filters apart that differ in a value or its type', async () => {
    const db = await fresh()
    const { next } = await db.system.list(items, { where: { rank: { gte: 0 } }, limit: 1 })
    const cursor = next ?? ''
    const other = db.system.list(items, { where: { rank: { gte: 1 } }, limit: 1, cursor })
    await expect(other).rejects.toMatchObject(invalid)
    const inList = db.system.list(items, { where: { rank: { in: [0] } }, limit: 1, cursor })
    await expect(inList).rejects.toMatchObject(invalid)
  })

  it('is asked the rules anew, so that it shows no more', async () => {
    let allowed: string[] = ['even', 'odd']
    const secret = table('items', columns, { policy: { read: () => ({ kind: { in: allowed } }) } })
    const db = await openFresh([secret])
    await db.system.createMany(secret, [
      { kind: 'even', rank: 0 },
      { kind: 'odd', rank: 1 },
      { kind: 'even', rank: 2 },
    ])
    const { next } = await db.as(ann).list(secret, { limit: 1 })
    allowed = ['even']
    const rest = await db.as(ann).list(secret, { limit: 5, cursor: next ?? '' })
    expect(rest.items.map(({ rank }) => rank)).toEqual([2])
  })

  it('survives a restart and works in another process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-cursor-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const source = sqlite(join(folder, 'data.db'), [items])
    const before = await open(source)
    await before.migrate()
    await before.system.createMany(items, [
      { kind: 'a', rank: 1 },
      { kind: 'b', rank: 2 },
    ])
    const { next } = await before.system.list(items, { limit: 1 })
    const beside = await open(source)
    await before.close()
    await beside.migrate()
    const page = await beside.system.list(items, { limit: 1, cursor: next ?? '' })
    await beside.close()
    expect(page.items.map(({ kind }) => kind)).toEqual(['b'])
  })

  it('means nothing in another database', async () => {
    const [db, other] = [await fresh(), await openFresh([items])]
    const listed = other.as(ann).list(items, { ...query, cursor: await cursorOf(db) })
    await expect(listed).rejects.toMatchObject(invalid)
  })

  it('says to migrate where there is no key yet', async () => {
    const db = await fresh()
    const bare = await open(sqlite(':memory:', [items]))
    const listed = bare.as(ann).list(items, { ...query, cursor: await cursorOf(db) })
    await expect(listed).rejects.toMatchObject({
      code: 'misuse',
      message: expect.stringMatching(/migrate\(\)/),
    })
    await bare.close()
  })
})
