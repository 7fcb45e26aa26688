import { describe, expect, test } from 'vitest'
import { auditedApp, drafts, items, labels, logOf, orders, patients, tables, told } from './app.ts'
import { databases } from './databases.ts'

const ada = { id: 'ada', roles: [] }

describe.each(databases)('changes on $name', ({ source }) => {
  const start = async () => auditedApp(await source(tables))

  test('tells of each row that is created, updated and deleted', async () => {
    const app = await start()
    const db = app.database.as(ada)
    const order = await db.create(orders, { title: 'one', total: 1 })
    await db.update(orders, order.id, { total: 2 })
    await db.delete(orders, order.id)
    expect(await told(app)).toEqual([
      'row.create orders ada',
      'row.update orders ada',
      'row.delete orders ada',
    ])
    const { items: found } = await logOf(app).search({ table: 'orders', row: order.id })
    expect(found.map(({ before, after }) => ({ before, after }))).toEqual([
      { before: { ...order, total: 2, version: 2 }, after: null },
      { before: { total: 1, version: 1 }, after: { total: 2, version: 2 } },
      { before: null, after: order },
    ])
    expect(await logOf(app).verify()).toMatchObject({ ok: true, findings: [] })
  })

  test('tells of every row of bulk writes and upserts', async () => {
    const app = await start()
    const db = app.database.system
    const rows = Array.from({ length: 5 }, (_, at) => ({ title: `order ${at}`, total: at }))
    await db.createMany(orders, rows)
    expect(await db.updateMany(orders, { total: { gte: 3 } }, { note: 'large' })).toBe(2)
    await db.upsert(orders, { title: 'order 0', total: 9 }, { on: ['title'] })
    await db.upsert(orders, { title: 'order 9', total: 9 }, { on: ['title'] })
    expect(await db.deleteMany(orders, { total: { lt: 3 } })).toBe(2)
    const counts = Map.groupBy(await told(app), (line) => line)
    expect(Object.fromEntries(Array.from(counts, ([line, all]) => [line, all.length]))).toEqual({
      'row.create orders system': 6,
      'row.update orders system': 3,
      'row.delete orders system': 2,
    })
  })

  test('tells of rows that go along with another', async () => {
    const app = await start()
    const db = app.database.system
    const order = await db.create(orders, { title: 'one', total: 1 })
    const [first, second] = await db.createMany(items, [
      { order: order.id, name: 'a' },
      { order: order.id, name: 'b' },
    ])
    const label = await db.create(labels, { item: first?.id ?? null, text: 'red' })
    await db.delete(orders, order.id)
    const { items: found } = await logOf(app).search({ limit: 4 })
    const lines = found.map(({ event, table, row }) => `${event} ${table} ${row}`).sort()
    expect(lines).toEqual(
      [
        `row.delete orders ${order.id}`,
        `row.delete items ${first?.id}`,
        `row.delete items ${second?.id}`,
        `row.update labels ${label.id}`,
      ].sort(),
    )
    expect(await db.count(items)).toBe(0)
  })

  test('leaves nothing of what was rolled back', async () => {
    const app = await start()
    const db = app.database.as(ada)
    const failed = db.transaction(async (tx) => {
      await tx.create(orders, { title: 'lost', total: 1 })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await db.transaction(async (tx) => {
      await tx.create(orders, { title: 'kept', total: 1 })
      await tx
        .transaction(async (inner) => {
          await inner.create(orders, { title: 'inner', total: 1 })
          throw new Error('no')
        })
        .catch(() => {})
    })
    await expect(db.create(orders, { title: 'kept', total: 2 })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await told(app)).toEqual(['row.create orders ada'])
    expect(await logOf(app).verify()).toMatchObject({ ok: true })
  })

  test('is silent about tables that are not marked', async () => {
    const app = await start()
    const { id } = await app.database.system.create(drafts, { text: 'x' })
    await app.database.system.update(drafts, id, { text: 'y' })
    await app.database.system.delete(drafts, id)
    expect(await told(app)).toEqual([])
  })

  test('masks what is secret or personal', async () => {
    const app = await start()
    const db = app.database.system
    const values = { name: 'Eve', pin: '1234', apiToken: 'abc', extra: { password: 'x', n: 1 } }
    const { id } = await db.create(patients, values)
    await db.update(patients, id, { pin: '9876', name: 'Eva', apiToken: null })
    const { items: found } = await logOf(app).search({ row: id })
    expect(found.map(({ after }) => after)).toEqual([
      { name: '[personal]', pin: '[secret]', apiToken: null },
      {
        id,
        name: '[personal]',
        pin: '[secret]',
        apiToken: '[secret]',
        born: null,
        extra: { password: '[secret]', n: 1 },
      },
    ])
  })

  test('keeps a chain without gaps from many writers', async () => {
    const app = await start()
    const db = app.database.system
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        db.transaction(async (tx) => {
          await tx.create(orders, { title: `order ${at}`, total: at })
          if (at % 4 === 0) throw new Error('no')
          await tx.create(drafts, { text: String(at) })
        }),
      ).map((work) => work.catch(() => {})),
    )
    expect(await told(app)).toHaveLength(30)
    const { ok, from, to, entries } = await logOf(app).verify()
    expect({ ok, from, to, entries }).toEqual({ ok: true, from: 1, to: entries, entries: 31 })
  })
})
