import { id, many, one, open, ref, schema, table, toMigrationFile, traceOf } from 'plinth/data'
import {
  createSignals,
  createTrace,
  type MigrationApplied,
  type PolicyDecision,
  type Signals,
} from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, freshSource, openFresh, trait } from './fixture.ts'

const boardsTable = table(
  'boards',
  { id: id(), owner: v.pipe(v.string(), v.maxLength(100)) },
  { policy: { read: true, create: true, update: (a) => ({ owner: a.id }) } },
)
const cardsTable = table('cards', { id: id(), board: ref(boardsTable), open: v.boolean() })
const { boards, cards } = schema(
  { boards: boardsTable, cards: cardsTable },
  {
    relations: { boards: { cards: many('cards', 'board') }, cards: { on: one('boards', 'board') } },
    policies: {
      cards: { read: { open: true }, create: { on: { owner: 'ann' } }, delete: false },
    },
  },
)
const tables = [boards, cards]
const ann = actor('ann')

function listen(signals: Signals): { decisions: PolicyDecision[]; stop(): void } {
  const decisions: PolicyDecision[] = []
  const stop = signals.subscribe({
    events: { 'data.policy': (decision) => void decisions.push(decision) },
  })
  return { decisions, stop }
}

const inWords = ({ operation, table: name, outcome }: PolicyDecision) =>
  `${operation} ${name}: ${outcome}`

async function fresh() {
  const signals = createSignals()
  const db = await openFresh(tables, { signals })
  return { db, signals, ...listen(signals) }
}

describe('a policy', () => {
  it('tells of each decision, with the actor and the trace', async () => {
    const { db, decisions } = await fresh()
    const trace = createTrace()
    await db.as(ann, { trace }).count(boards)
    expect(decisions).toEqual([
      { table: 'boards', operation: 'read', actor: 'ann', outcome: 'allowed', trace },
    ])
  })

  it('tells of rows that are included and referred to', async () => {
    const { db, decisions } = await fresh()
    const as = db.as(ann)
    const { id: board } = await as.create(boards, { owner: 'ann' })
    await as.create(cards, { board, open: true })
    await as.list(boards, { include: { cards: true } })
    expect(decisions.map(inWords)).toEqual([
      'create boards: allowed',
      'create cards: filtered',
      'read boards: allowed',
      'read cards: filtered',
      'read boards: allowed',
    ])
  })

  it('tells that a row was refused, and that no row could pass', async () => {
    const { db, decisions } = await fresh()
    const as = db.as(actor('bob'))
    const { id: board } = await db.system.create(boards, { owner: 'ann' })
    expect(decisions).toEqual([])
    const { id: own } = await as.create(boards, { owner: 'bob' })
    await expect(as.update(boards, own, { owner: 'ann' })).rejects.toThrow('may not update')
    const { id: others } = await db.system.create(boards, { owner: 'eve' })
    await expect(as.create(cards, { board: others, open: true })).rejects.toThrow('may not create')
    await expect(as.deleteMany(cards, {})).rejects.toThrow('may not delete')
    expect(await as.updateMany(boards, { id: board }, { owner: 'bob' })).toBe(0)
    expect(decisions.map(inWords)).toEqual([
      'create boards: allowed',
      'update boards: filtered',
      'update boards: denied',
      'create cards: filtered',
      'read boards: allowed',
      'create cards: denied',
      'delete cards: denied',
      'update boards: filtered',
    ])
  })

  it('tells nobody once nobody listens', async () => {
    const { db, decisions, stop } = await fresh()
    stop()
    await db.as(ann).count(boards)
    expect(decisions).toEqual([])
  })

  it('decides the same when who listens throws', async () => {
    const { db, signals } = await fresh()
    signals.subscribe({
      events: {
        'data.policy'() {
          throw new Error('broken listener')
        },
      },
    })
    expect(await db.as(ann).count(boards)).toBe(0)
    expect(signals.failures).toBe(1)
  })
})

describe('a migration', () => {
  it('tells of files that were run, and of none that was before', async () => {
    const signals = createSignals()
    const told: MigrationApplied[] = []
    const db = await open(await freshSource(tables), { signals })
    try {
      const plan = await db.plan({ assumeRows: true })
      const files = [{ name: '0001_begin.sql', text: toMigrationFile(plan) }]
      signals.subscribe({ events: { 'data.migration': (applied) => void told.push(applied) } })
      await db.applyMigrations(files)
      await db.applyMigrations(files)
      expect(told).toEqual([{ database: trait.system, kind: 'file', name: '0001_begin.sql' }])
    } finally {
      await db.close()
    }
  })
})

describe('the trace of a handle', () => {
  it('is that of its scope, and within a transaction of its span', async () => {
    const signals = createSignals()
    const db = await openFresh(tables, { signals })
    const trace = createTrace()
    const as = db.as(ann, { trace })
    expect(traceOf(as)).toBe(trace)
    expect(traceOf(db.system)).toBeUndefined()
    await as.transaction(async (tx) => expect(traceOf(tx)).toEqual(trace))
    signals.subscribe({ span() {} })
    await as.transaction(async (tx) => {
      expect(traceOf(tx)?.traceId).toBe(trace.traceId)
      expect(traceOf(tx)?.spanId).not.toBe(trace.spanId)
    })
    expect(traceOf({} as typeof as)).toBeUndefined()
  })
})
