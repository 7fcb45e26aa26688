import { audit } from 'plinth/audit'
import {
  type Database,
  type DataSource,
  open,
  type Store,
  type StoreTransaction,
} from 'plinth/data'
import { generateKey, PlinthError } from 'plinth/kernel'
import { describe, expect, onTestFinished, test } from 'vitest'
import { items, orders, tables } from './app.ts'
import { databases } from './databases.ts'

/** Fails the statement of this number within transactions; counts them all. */
interface Faults {
  at: number
  count: number
}

const VERBS = ['read', 'insert', 'update', 'delete'] as const

function faulty(source: DataSource, faults: Faults): DataSource {
  const around = (transaction: StoreTransaction): StoreTransaction =>
    new Proxy(transaction, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        if (name === 'savepoint') {
          return (work: (inner: StoreTransaction) => Promise<unknown>) =>
            target.savepoint((inner) => work(around(inner)))
        }
        if (name === 'gather') {
          return (gathered: Parameters<StoreTransaction['gather']>[0]) =>
            target.gather({
              ...gathered,
              finish: (all, inner) => gathered.finish(all, around(inner)),
            })
        }
        if (!VERBS.some((verb) => verb === name)) return value.bind(target)
        return (...given: unknown[]) => {
          faults.count += 1
          if (faults.count === faults.at) throw new PlinthError('storage_failed', 'A fault.', {})
          return value.apply(target, given)
        }
      },
    })
  return {
    tables: source.tables,
    async open(options) {
      const store: Store = await source.open(options)
      return {
        ...store,
        transaction: (work, given) => store.transaction((inner) => work(around(inner)), given),
      }
    },
  }
}

describe.each(databases)('a fault at every statement on $name', ({ source }) => {
  test('leaves a change with its entries, or neither', async () => {
    const faults: Faults = { at: 0, count: 0 }
    const description = audit({ keys: { current: 'k', keys: { k: generateKey() } } })
    const log = description.open()
    const given = { tables: description.tables, onChange: log.onChange }
    const database = await open(faulty(await source(tables), faults), given)
    onTestFinished(() => database.close())
    await database.migrate()
    await log.begin(database)

    let failed = 0
    for (let at = 1; at < 60; at++) {
      Object.assign(faults, { at, count: 0 })
      const error = await work(database, at).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      faults.at = 0
      if (error === undefined) break
      failed += 1
      expect(error).toMatchObject({ code: 'storage_failed' })
      expect(await database.system.count(orders)).toBe(0)
      expect(await entriesOf()).toBe(0)
    }
    expect(failed).toBeGreaterThan(8)
    expect(await entriesOf()).toBe(6)
    expect(await log.verify()).toMatchObject({ ok: true })

    async function entriesOf(): Promise<number> {
      let count = 0
      for await (const { event } of log.export()) if (event.startsWith('row.')) count += 1
      return count
    }
  })
})

/** Six changes in one transaction, three of them in a savepoint. */
async function work(database: Database, at: number): Promise<void> {
  await database.system.transaction(async (tx) => {
    const order = await tx.create(orders, { title: `order ${at}`, total: 1 })
    await tx.update(orders, order.id, { total: 2 })
    await tx.transaction(async (inner) => {
      const item = await inner.create(items, { order: order.id, name: 'a' })
      await inner.updateMany(items, { id: item.id }, { name: 'b' })
    })
    await tx.delete(orders, order.id)
  })
}
