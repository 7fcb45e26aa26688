import { type Database, open } from 'plinth/data'
import { describe, expect, it, onTestFinished } from 'vitest'
import { orders, sources } from './plans.ts'

const SECRET = 'hunter2'
const ACTOR = { id: 'ada', roles: [] }

async function openOrders(source: (typeof sources)[number][1]): Promise<Database> {
  const db = await open(await source())
  onTestFinished(() => db.close())
  await db.migrate()
  const rows = Array.from({ length: 2000 }, (_, at) => ({
    owner: `owner ${at % 500}`,
    state: `state ${at % 1000}`,
    amount: at,
  }))
  for (let at = 0; at < rows.length; at += 500) {
    await db.system.createMany(orders, rows.slice(at, at + 500))
  }
  return db
}

/** The statement of a list, which is run once. */
async function textOf(db: Database, query: object): Promise<string> {
  await db.as(ACTOR).list(orders, query)
  return db.explain(ACTOR, orders, query).sql
}

describe.each(sources)('the plan of a statement on %s', { timeout: 120_000 }, (name, source) => {
  const quote = name === 'MariaDB' ? '`' : '"'
  const quoted = (text: string) => `${quote}${text}${quote}`
  const placeholders = name.startsWith('P') ? ['$1', '$2'] : ['?', '?']

  it('names what is read whole, and the columns asked by', async () => {
    const db = await openOrders(source)
    const planOf = db.queryPlanner()
    const text = await textOf(db, { where: { amount: { gt: 17 }, owner: SECRET }, limit: 3 })
    const found = await planOf?.(text)
    expect(found?.lines.length).toBeGreaterThan(0)
    expect(found?.notes.join()).toMatch(/plan_orders.*: no index serves amount, owner/)
    expect(JSON.stringify(found)).not.toContain(SECRET)
  })

  it('has nothing to say of what an index serves', async () => {
    const db = await openOrders(source)
    const planOf = db.queryPlanner()
    const text = await textOf(db, { where: { state: SECRET }, orderBy: { id: 'asc' }, limit: 3 })
    const { notes = [] } = (await planOf?.(text)) ?? {}
    expect(notes.filter((note) => note.includes('no index serves state'))).toEqual([])
  })

  it('runs no statement, be it one that writes', async () => {
    const db = await openOrders(source)
    const planOf = db.queryPlanner()
    const table = quoted('plan_orders')
    const where = `WHERE ${quoted('owner')} <> 'nobody'`
    for (const verb of [`DELETE FROM ${table}`, `UPDATE ${table} SET ${quoted('amount')} = 0`]) {
      const found = await planOf?.(`${verb} ${where}`)
      expect(found?.notes).toEqual([expect.stringMatching(/^reads .*: no index serves owner$/)])
    }
    expect(await db.system.count(orders)).toBe(2000)
    expect(await db.system.count(orders, { amount: 0 })).toBe(1)
  })

  it.each([
    'ANALYZE SELECT 1',
    'ANALYZE DELETE FROM plan_orders',
    '(ANALYZE) DELETE FROM plan_orders',
    'DROP TABLE plan_orders',
    'BEGIN',
    '',
  ])('has none for %j', async (text) => {
    const db = await openOrders(source)
    expect(await db.queryPlanner()?.(text)).toBeUndefined()
    expect(await db.system.count(orders)).toBe(2000)
  })

  it('rejects what the database does not understand, and goes on', async () => {
    const db = await openOrders(source)
    const planOf = db.queryPlanner()
    for (let times = 0; times < 3; times++) {
      await expect(planOf?.('SELECT nothing FROM nowhere')).rejects.toThrow()
    }
    await expect(planOf?.(`SELECT 1; DELETE FROM ${quoted('plan_orders')}`)).rejects.toThrow()
    expect(await db.system.count(orders)).toBe(2000)
    const text = await textOf(db, { where: { owner: SECRET } })
    expect((await planOf?.(text))?.notes).toHaveLength(1)
  })

  it('counts no placeholder in texts and names', async () => {
    const db = await openOrders(source)
    const planOf = db.queryPlanner()
    const [first] = placeholders
    const select = `SELECT '?', '$9', 'it''s ?' FROM ${quoted('plan_orders')} WHERE ${quoted('owner')} = ${first}`
    const found = await planOf?.(select)
    // MySQL and MariaDB tell no plan of what they have not been seen to run.
    if (name === 'MariaDB') expect(found).toBeUndefined()
    else expect(found?.notes).toEqual([expect.stringMatching(/^reads .*: no index serves owner$/)])
  })

  it('is told while a transaction of the same database is open', async () => {
    const db = await openOrders(source)
    const planOf = db.queryPlanner()
    const text = await textOf(db, { where: { owner: SECRET } })
    let asked: Promise<unknown> | undefined
    // Asked from outside, as something that watches does.
    const outside = new Promise<void>((resolve) => {
      setTimeout(() => {
        asked = planOf?.(text)
        resolve()
      }, 20)
    })
    await db.system.transaction(async (tx) => {
      await tx.create(orders, { owner: 'a', state: 'b', amount: 1 })
      await outside
    })
    expect(await asked).toMatchObject({ notes: [expect.stringContaining('owner')] })
    expect(await db.system.count(orders)).toBe(2001)
  })
})
