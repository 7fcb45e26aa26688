import Database from 'better-sqlite3'
import { id, open, table, timestamp } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { actor } from '../../fixture.ts'
import { temporaryFile } from './support.ts'

const text = v.pipe(v.string(), v.maxLength(50))
const jobs = table(
  'jobs',
  {
    id: id(),
    owner: text,
    queue: text,
    state: text,
    note: text,
    createdAt: timestamp({ default: 'now' }),
  },
  {
    indexes: [['owner', 'createdAt'], ['queue'], ['state']],
    policy: { all: (a) => ({ owner: a.id }) },
  },
)

const ROWS = 1000

/** A file in which nearly all jobs are of ann, done and in the queue `big`; and what SQLite knows of it. */
async function analyzed() {
  const file = temporaryFile()
  const db = await open(sqlite(file, [jobs]))
  onTestFinished(() => db.close())
  await db.migrate()
  const rows = Array.from({ length: ROWS }, (_, at) => ({
    owner: 'ann',
    queue: at % 100 === 0 ? 'small' : 'big',
    state: at % 100 === 1 ? 'failed' : 'done',
    note: `${at}`,
  }))
  await db.system.createMany(jobs, rows)
  const inspector = new Database(file)
  onTestFinished(() => void inspector.close())
  inspector.exec('ANALYZE')
  const planOf = ({ sql, params }: { sql: string; params: readonly unknown[] }): string => {
    const steps = inspector.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    return steps
      .all(...params)
      .map(({ detail }) => detail)
      .join('; ')
  }
  return { db, planOf }
}

describe('the plan of a statement on SQLite', () => {
  it('is one for all values where one index serves', async () => {
    const { db, planOf } = await analyzed()
    const page = db.explain(actor('ann'), jobs, {
      where: { note: { gt: '5' } },
      orderBy: { createdAt: 'desc' },
    })
    // SQLite plans anew whenever a value is bound that it may look at.
    expect(page.sql).not.toMatch(/[^+]\?/)
    expect(planOf(page)).toBe('SEARCH jobs USING INDEX jobs.owner.createdAt.index (owner=?)')
  })

  it('follows the values where they decide between indexes', async () => {
    const { db, planOf } = await analyzed()
    const plan = (queue: string, state: string) => {
      const { sql, params } = db.explain(actor('ann'), jobs, { where: { queue, state } })
      return planOf({ sql, params })
    }
    expect(plan('big', 'failed')).toContain('(state=?)')
    expect(plan('small', 'done')).toContain('(queue=?)')
  })

  it('does not depend on how many rows are wanted', async () => {
    const { db } = await analyzed()
    const where = { queue: 'big', state: 'done' }
    expect(db.explain(actor('ann'), jobs, { where, limit: 3 }).sql).toMatch(/ LIMIT \+\?$/)
  })
})
