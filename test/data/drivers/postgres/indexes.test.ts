import { id, open, table } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { freshPostgres, hasPostgres, onPostgres } from '../../servers.ts'

const events = table(
  'events',
  { id: id(), kind: v.string(), rank: v.nullable(v.pipe(v.number(), v.integer())) },
  { indexes: [['kind', 'rank']], policy: { read: true } },
)

describe.skipIf(!(await hasPostgres()))('an index on PostgreSQL', () => {
  it.each(['asc', 'desc'] as const)('has the order of a list, %s', async (direction) => {
    const url = await freshPostgres()
    const db = await open(postgres(url, [events]))
    await db.migrate()
    const rows = Array.from({ length: 2000 }, (_, n) => ({
      kind: 'a',
      rank: n % 3 === 0 ? null : n,
    }))
    await db.system.createMany(events, rows)
    const query = { where: { kind: 'a' }, orderBy: { rank: direction }, limit: 5 } as const
    const { sql } = db.explain(null, events, query)
    await db.close()
    await onPostgres('ANALYZE events', url)
    const text = sql.replace('$1', "'a'").replace('$2', '5')
    const plan = (await onPostgres(`EXPLAIN ${text}`, url)).join('\n')
    expect(plan).toMatch(/Index (Only )?Scan/)
    expect(plan).not.toContain('Sort')
  })
})
