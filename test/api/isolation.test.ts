import { anyone, operation } from 'plinth/api'
import { id, open, table } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freshPostgres, hasPostgres } from '../data/servers.ts'
import { app, database, send } from './fixture.ts'

const counters = table(
  'counters',
  { id: id(), value: v.pipe(v.number(), v.integer()) },
  { policy: { all: true } },
)

type Level = 'read committed' | 'repeatable read' | 'serializable'

/** Reads, then writes what it read and one more: whoever does so in between is overwritten. */
const raise = (isolation: Level) =>
  operation({
    method: 'POST',
    path: '/raise/:id',
    guard: anyone,
    params: v.object({ id: v.string() }),
    responses: { 200: v.object({ value: v.number() }) },
    transaction: { isolation },
    async handler({ db, params }) {
      const found = await db.get(counters, params.id)
      const value = (found?.value ?? 0) + 1
      await db.update(counters, params.id, { value })
      return { status: 200, body: { value } }
    },
  })

const postgresAnswers = await hasPostgres()

describe('the isolation of an operation', () => {
  it.skipIf(!postgresAnswers)('holds what was read until it is written', async () => {
    const db = await open(postgres(await freshPostgres(), [counters]))
    onTestFinished(() => db.close())
    await db.migrate()
    const counter = await db.system.create(counters, { value: 0 })
    const tested = app({ raise: raise('serializable') }, { database: db })
    const all = Array.from({ length: 8 }, () => send(tested, `POST /raise/${counter.id}`))
    for (const { status } of await Promise.all(all)) expect(status).toBe(200)
    expect(await db.system.get(counters, counter.id)).toMatchObject({ value: 8 })
  })

  it('is refused at start when it is none', async () => {
    const db = await database([counters])
    onTestFinished(() => db.close())
    expect(() => app({ raise: raise('snapshot' as 'serializable') }, { database: db })).toThrow(
      'isolation is "snapshot"; expected one of read committed, repeatable read, serializable',
    )
  })
})
