import { sql } from 'kysely'
import type { Finding } from 'plinth/audit'
import { auditTables } from 'plinth/audit'
import type { AnyTable, Database } from 'plinth/data'
import { kysely } from 'plinth/data/kysely'
import { createTrace } from 'plinth/kernel'
import { describe, expect, test } from 'vitest'
import { auditedApp, logOf, orders, tables } from './app.ts'
import { databases } from './databases.ts'

type App = Awaited<ReturnType<typeof auditedApp>>
type Stored = Record<string, string | number | null>

const [entries, heads, checkpoints] = auditTables as [AnyTable, AnyTable, AnyTable]
const COLUMNS = Object.keys(entries.columns)
const ROWS = 6

/** Runs statements as somebody with the database's own password would. */
async function byHand(
  { database }: { database: Database },
  statements: readonly ReturnType<typeof sql>[],
): Promise<readonly Stored[]> {
  return database.system.transaction(async (tx) => {
    const k = await kysely(tx.system, [entries, heads, checkpoints], { outsidePolicies: true })
    let rows: readonly unknown[] = []
    for (const statement of statements) rows = (await statement.execute(k)).rows
    return rows as readonly Stored[]
  })
}

const T = sql.table('plinth_audit')

async function rowsOf(app: App): Promise<readonly Stored[]> {
  return byHand(app, [sql`select * from ${T} order by ${sql.ref('seq')}`])
}

/** Puts the log back as it was. */
async function restore(app: App, rows: readonly Stored[]): Promise<void> {
  await byHand(app, [sql`delete from ${T}`, ...rows.map(insert)])
}

function insert(row: Stored): ReturnType<typeof sql> {
  const names = sql.join(COLUMNS.map((name) => sql.ref(name)))
  return sql`insert into ${T} (${names}) values (${sql.join(COLUMNS.map((name) => row[name]))})`
}

function set(seq: number, name: string, value: string | number | null): ReturnType<typeof sql> {
  return sql`update ${T} set ${sql.ref(name)} = ${value} where ${sql.ref('seq')} = ${seq}`
}

/** Every value that differs from this one by one bit of one byte; of null, some text. */
function flips(value: string | number | null): readonly (string | number)[] {
  if (value === null) return ['x']
  if (typeof value === 'number') return [value + 1, value - 1, value * 2]
  if (value === '') return ['x']
  return Array.from(value, (char, at) => {
    const flipped = String.fromCharCode(char.charCodeAt(0) ^ 1)
    return value.slice(0, at) + flipped + value.slice(at + 1)
  })
}

async function findings(app: App): Promise<readonly Finding[]> {
  const { ok, findings: found } = await logOf(app).verify()
  expect(ok).toBe(found.length === 0)
  return found
}

describe.each(databases)('a log tampered with on $name', ({ name: database, source }) => {
  async function start(): Promise<{ app: App; rows: readonly Stored[] }> {
    const app = await auditedApp(await source(tables), { checkpoint: { every: 4 } })
    const trace = createTrace()
    const db = app.database.as({ id: 'ada', roles: [] }, { trace })
    const { id } = await db.create(orders, { title: 'one', total: 1, note: 'straße' })
    for (let total = 2; total < ROWS; total++) await db.update(orders, id, { total })
    await logOf(app).idle()
    const rows = await rowsOf(app)
    expect(rows).toHaveLength(ROWS)
    expect(await findings(app)).toEqual([])
    return { app, rows }
  }

  test('[ASVS 16.4.2] finds each byte of each column that was flipped', async () => {
    const { app, rows } = await start()
    // On servers every statement is a round trip: one row in the middle, and the last one.
    const tried = database === 'SQLite' ? rows : [rows[2], rows.at(-1)]
    const missed: string[] = []
    for (const row of tried) {
      if (!row) continue
      const seq = Number(row['seq'])
      for (const name of COLUMNS) {
        const all = flips(row[name] ?? null)
        for (const value of database === 'SQLite' ? all : [all[0], all.at(-1)]) {
          if (value === undefined || !(await taken(app, seq, name, value))) continue
          const found = await findings(app)
          const place = ['seq', 'previous', 'hash'].includes(name) ? name : 'content'
          const there = found.some((one) => one.seq === seq && one.place === place)
          const near = name === 'seq' && found.length > 0
          if (!there && !near) missed.push(`${seq} ${name} ${value}: ${JSON.stringify(found)}`)
          await byHand(app, [set(name === 'seq' ? Number(value) : seq, name, row[name] ?? null)])
        }
      }
    }
    expect(missed).toEqual([])
    expect(await findings(app)).toEqual([])
  }, 120_000)

  /** Whether the database took it: unique keys and types refuse some. */
  async function taken(
    app: App,
    seq: number,
    name: string,
    value: string | number,
  ): Promise<boolean> {
    return byHand(app, [set(seq, name, value)]).then(
      () => true,
      () => false,
    )
  }

  test('finds an entry that was removed, wherever it stood', async () => {
    const { app, rows } = await start()
    for (const { seq } of rows) {
      await byHand(app, [sql`delete from ${T} where ${sql.ref('seq')} = ${seq}`])
      expect(await findings(app)).toContainEqual(
        expect.objectContaining({ seq: Number(seq), place: 'missing' }),
      )
      await restore(app, rows)
    }
  })

  test('finds entries that changed places', async () => {
    const { app, rows } = await start()
    const [, a, b] = rows
    if (!a || !b) throw new Error('too few entries')
    const swapped = rows.map((row) => {
      if (row === a) return { ...a, seq: b['seq'] ?? null }
      return row === b ? { ...b, seq: a['seq'] ?? null } : row
    })
    await restore(app, swapped)
    expect((await findings(app)).map(({ seq }) => seq)).toContain(Number(a['seq']))
    const reversed = rows.map((row, at) => ({ ...row, seq: rows.length - at }))
    await restore(app, reversed)
    expect((await findings(app)).length).toBeGreaterThan(0)
  })

  test('finds entries that were added, at the end as well', async () => {
    const { app, rows } = await start()
    const last = rows.at(-1)
    if (!last) throw new Error('no entries')
    const id = '01900000-0000-7000-8000-000000000000'
    await restore(app, [...rows, { ...last, id, seq: ROWS + 1 }])
    expect((await findings(app)).map(({ seq }) => seq)).toContain(ROWS + 1)
    await restore(app, [{ ...last, id, seq: 0 }, ...rows])
    expect(await findings(app)).toEqual([expect.objectContaining({ seq: 0, place: 'added' })])
  })

  test('finds a tail that was cut off, and a head that was moved', async () => {
    const { app, rows } = await start()
    const short = rows.slice(0, -1)
    const { seq, hash } = short.at(-1) ?? {}
    await restore(app, short)
    await byHand(app, [
      sql`update ${sql.table('plinth_audit_head')} set ${sql.ref('seq')} = ${seq}, ${sql.ref('hash')} = ${hash}`,
      sql`delete from ${sql.table('plinth_audit_checkpoints')} where ${sql.ref('seq')} > ${seq}`,
    ])
    expect(await findings(app)).toEqual([expect.objectContaining({ place: 'head' })])
    // It goes on, and the log tells for ever that its head was not its own.
    await app.database.system.create(orders, { title: 'two', total: 2 })
    const { items } = await logOf(app).search({ event: 'audit.broken' })
    expect(items).toHaveLength(1)
  })

  test('finds a log that was taken back, by a checkpoint kept elsewhere', async () => {
    const { app, rows } = await start()
    const head = await byHand(app, [sql`select * from ${sql.table('plinth_audit_head')}`])
    await app.database.system.create(orders, { title: 'late', total: 2 })
    const published = await logOf(app).checkpoint()
    if (!published) throw new Error('no checkpoint')
    const H = sql.table('plinth_audit_head')
    await restore(app, rows)
    const { seq = null, hash = null, mac = null } = head[0] ?? {}
    await byHand(app, [
      sql`update ${H} set ${sql.ref('seq')} = ${seq}, ${sql.ref('hash')} = ${hash}, ${sql.ref('mac')} = ${mac}`,
      sql`delete from ${sql.table('plinth_audit_checkpoints')} where ${sql.ref('seq')} > ${seq}`,
    ])
    expect(await findings(app)).toEqual([])
    const { findings: found } = await logOf(app).verify({ published: [published] })
    expect(found).toEqual([expect.objectContaining({ seq: ROWS + 1, place: 'missing' })])
  })

  test('refuses to change entries through the data layer', async () => {
    const { app } = await start()
    const { system } = app.database
    const [first] = await system.list(entries, {}).then(({ items }) => items)
    const denied = { code: 'denied' }
    await expect(
      system.update(entries, String(first?.['id']), { event: 'x' }),
    ).rejects.toMatchObject(denied)
    await expect(system.delete(entries, String(first?.['id']))).rejects.toMatchObject(denied)
    await expect(system.deleteMany(entries, {})).rejects.toMatchObject(denied)
    await expect(system.updateMany(entries, {}, { event: 'x' })).rejects.toMatchObject(denied)
  })
})
