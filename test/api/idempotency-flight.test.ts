import { apiTables, operation } from 'plinth/api'
import { type Database, type DataSource, id, open, table } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import type { App } from 'plinth/http'
import * as v from 'valibot'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FreshDatabase, shared } from '../shop/databases.ts'
import { app, type Received, send } from './fixture.ts'

const goods = table('goods', { id: id(), title: v.string() }, { policy: { all: true } })

/** A handler that goes on when it is told to. */
interface Work {
  readonly begun: Promise<void>
  readonly finish: (answer?: 'refuse' | 'throw') => void
}

describe.each(shared)('requests with one key at once on $name', ({ name, fresh }) => {
  let place: FreshDatabase
  let databases: Database[]
  let runs = 0
  let works: (Work & { begin: () => void; finished: Promise<string | undefined> })[] = []
  let key = 0

  beforeAll(async () => {
    place = await fresh()
    databases = [await openOne(place.address), await openOne(place.address)]
  })
  beforeEach(() => {
    runs = 0
    works = []
    key += 1
  })
  afterAll(async () => {
    for (const database of databases) await database.close()
    await place.drop()
  })

  /** One app of each process: they share nothing but the database. */
  function appOf(process: 0 | 1, idempotent: true | { wait?: number; keep?: number } = true): App {
    const order = operation({
      method: 'POST',
      path: '/orders',
      idempotent,
      body: v.object({ title: v.string() }),
      responses: { 201: v.object({ id: v.string(), title: v.string() }), 409: v.object({}) },
      async handler({ db, body }) {
        const work = works[runs]
        runs += 1
        const row = await db.create(goods, body)
        work?.begin()
        const end = await work?.finished
        if (end === 'throw') throw new Error('broken')
        if (end === 'refuse') return { status: 409, body: {} }
        return { status: 201, body: row }
      },
    })
    return app({ order }, { database: databases[process] as Database })
  }

  function nextWork(): Work {
    const begun = Promise.withResolvers<void>()
    const finished = Promise.withResolvers<string | undefined>()
    const work = {
      begun: begun.promise,
      begin: begun.resolve,
      finished: finished.promise,
      finish: finished.resolve,
    }
    works.push(work)
    return work
  }

  const order = (to: App, title = 'Milk'): Promise<Received> =>
    send(to, 'POST /orders', {
      as: 'ada',
      body: { title },
      headers: { 'idempotency-key': `"k${key}"` },
    })

  it('have one effect and one answer a thousand times', async () => {
    const apps = [appOf(0, { wait: 20_000 }), appOf(1, { wait: 20_000 })]
    const before = await databases[0]?.system.count(goods)
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, at) => order(apps[at % 2] as App)),
    )
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect(answers.filter(({ headers }) => headers.has('idempotency-replayed'))).toHaveLength(999)
    expect(await databases[0]?.system.count(goods)).toBe((before ?? 0) + 1)
    expect(runs).toBe(1)
  })

  it('are answered 409 while the first is still at work', async () => {
    const one = appOf(0, { wait: 20 })
    const work = nextWork()
    const first = order(one)
    await work.begun
    const second = await order(one)
    expect([second.status, second.body.code]).toEqual([409, 'idempotency_in_flight'])
    expect(second.headers.get('retry-after')).toBe('1')
    work.finish()
    const answer = await first
    expect(answer.status).toBe(201)
    expect((await order(one)).text).toBe(answer.text)
    expect(runs).toBe(1)
  })

  it.skipIf(name === 'SQLite')('are answered 409 by another process too', async () => {
    const work = nextWork()
    const first = order(appOf(0))
    await work.begun
    const second = await order(appOf(1, { wait: 50 }))
    expect([second.status, second.body.code]).toEqual([409, 'idempotency_in_flight'])
    work.finish()
    const answer = await first
    expect((await order(appOf(1))).text).toBe(answer.text)
    expect(runs).toBe(1)
  })

  it.skipIf(name === 'SQLite')('wait for a first in another process', async () => {
    const work = nextWork()
    const first = order(appOf(0))
    await work.begun
    const second = order(appOf(1))
    setTimeout(work.finish, 100)
    expect((await second).text).toBe((await first).text)
    expect(runs).toBe(1)
  })

  it('take the place of a first that was refused', async () => {
    const one = appOf(0)
    const work = nextWork()
    const first = order(one)
    await work.begun
    const others = [order(one), order(one), order(one)]
    work.finish('refuse')
    expect((await first).status).toBe(409)
    const answers = await Promise.all(others)
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(runs).toBe(2)
  })

  it('are refused when they ask for something else', async () => {
    const one = appOf(0)
    const work = nextWork()
    const first = order(one)
    await work.begun
    const other = order(one, 'Tea')
    work.finish()
    await first
    const { status, body } = await other
    expect([status, body.code]).toEqual([422, 'idempotency_mismatch'])
    expect(runs).toBe(1)
  })

  it('know an answer for as long as it is kept', async () => {
    const one = appOf(0, { keep: 1 })
    const first = await order(one)
    await expect.poll(async () => (await order(one)).text).not.toBe(first.text)
  })
})

describe('the times of idempotent', () => {
  it.each([
    [{ keep: 0 }, /keep is 0; expected a whole number of milliseconds/],
    [{ wait: 61_000 }, /wait is 61000/],
    [{ kept: 5 }, /option "kept" is unknown/],
  ])('are checked at start: %o', async (idempotent, message) => {
    const database = await open(sqlite(':memory:', [goods]), { tables: apiTables })
    const order = operation({
      method: 'POST',
      path: '/orders',
      idempotent: idempotent as { keep: number },
      responses: { 204: null },
      handler: () => ({ status: 204 }),
    })
    expect(() => app({ order }, { database })).toThrow(message)
    await database.close()
  })
})

async function openOne(address: string): Promise<Database> {
  const database = await open(sourceOf(address), { tables: apiTables })
  await database.migrate()
  return database
}

function sourceOf(address: string): DataSource {
  return address.startsWith('postgres:') ? postgres(address, [goods]) : sqlite(address, [goods])
}
