import { id, table } from 'plinth/data'
import {
  createSignals,
  createTrace,
  type LogRecord,
  PlinthError,
  type SpanRecord,
} from 'plinth/kernel'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { actor, openFresh, trait } from './fixture.ts'

const notes = table(
  'notes',
  { id: id(), title: v.pipe(v.string(), v.maxLength(100)) },
  { unique: [['title']], policy: { all: true } },
)

async function fresh() {
  const signals = createSignals()
  const db = await openFresh([notes], { signals })
  const spans: SpanRecord[] = []
  const stop = signals.subscribe({ span: (record) => void spans.push(record) })
  return { db, signals, spans, stop }
}

describe('a query', () => {
  it('is a client span below the scope, in the terms of OpenTelemetry', async () => {
    const { db, spans } = await fresh()
    const trace = createTrace()
    const as = db.as(actor('ann'), { trace })
    const { id } = await as.create(notes, { title: 'secret title' })
    await as.get(notes, id)
    await as.update(notes, id, { title: 'b' })
    await as.count(notes)
    await as.delete(notes, id)
    expect(spans.map(({ name }) => name)).toEqual([
      'insert notes',
      'select notes',
      'update notes',
      'select notes',
      'delete notes',
    ])
    for (const span of spans) {
      expect(span).toMatchObject({ kind: 'client', traceId: trace.traceId, sampled: true })
      expect(span.parentSpanId).toBe(trace.spanId)
      expect(span.duration).toBeGreaterThanOrEqual(0)
    }
    expect(spans[0]?.attributes).toEqual({
      'db.system.name': trait.system,
      'db.operation.name': 'insert',
      'db.collection.name': 'notes',
      'db.query.summary': 'insert notes',
      'db.query.text': expect.stringMatching(/^INSERT INTO .notes. \(.+\) VALUES \(/),
    })
    expect(JSON.stringify(spans)).not.toContain('secret')
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(5)
  })

  it('has the text that the database was given, and not that of its neighbour', async () => {
    const { db, spans } = await fresh()
    const as = db.as(actor('ann'))
    await as.createMany(
      notes,
      ['a', 'b', 'c'].map((title) => ({ title })),
    )
    spans.length = 0
    await Promise.all([
      as.list(notes, { where: { title: 'a' } }),
      as.count(notes, { title: 'b' }),
      as.list(notes, { where: { title: { in: ['a', 'c'] } }, orderBy: { title: 'desc' } }),
    ])
    const texts = spans.map(({ attributes }) => String(attributes['db.query.text']))
    expect(texts.filter((text) => /count\(/i.test(text))).toHaveLength(1)
    expect(texts.filter((text) => /ORDER BY .title. DESC/i.test(text))).toHaveLength(1)
    expect(new Set(texts).size).toBe(3)
    // The same statement is told of by the same object: what listens need not compare texts.
    await as.count(notes, { title: 'c' })
    const counts = spans.filter(({ attributes }) =>
      /count\(/i.test(`${attributes['db.query.text']}`),
    )
    expect(counts[0]?.attributes).toBe(counts[1]?.attributes)
  })

  it('that fails says with what', async () => {
    const { db, spans } = await fresh()
    await db.system.create(notes, { title: 'a' })
    const twin = db.system.create(notes, { title: 'a' })
    await expect(twin).rejects.toMatchObject({ code: 'conflict' })
    expect(spans[1]).toMatchObject({ attributes: { 'error.type': 'conflict' } })
    expect(spans[1]?.error).toMatchObject({ code: 'conflict' })
  })

  it('of many rows is one span', async () => {
    const { db, spans } = await fresh()
    await db.system.createMany(notes, [{ title: 'a' }, { title: 'b' }, { title: 'c' }])
    expect(spans).toHaveLength(1)
    expect(spans[0]?.attributes).toMatchObject({ 'db.operation.batch.size': 3 })
  })

  it('reports nothing when nobody listens any more', async () => {
    const { db, spans, stop } = await fresh()
    stop()
    await db.system.create(notes, { title: 'a' })
    expect(spans).toEqual([])
  })
})

describe('a transaction', () => {
  it('is a span around its queries that tells how it ended', async () => {
    const { db, spans } = await fresh()
    const trace = createTrace()
    const as = db.as(actor('ann'), { trace })
    await as.transaction(async (tx) => {
      await tx.create(notes, { title: 'a' })
      await tx.transaction((inner) => inner.create(notes, { title: 'b' }))
    })
    expect(spans.map(({ name }) => name)).toEqual(['insert notes', 'insert notes', 'transaction'])
    const [first, second, around] = spans
    expect(around).toMatchObject({ kind: 'internal', traceId: trace.traceId })
    expect(around?.parentSpanId).toBe(trace.spanId)
    expect(first?.parentSpanId).toBe(around?.spanId)
    expect(second?.parentSpanId).toBe(around?.spanId)
    expect(around?.attributes).toMatchObject({
      'db.system.name': trait.system,
      'plinth.transaction.outcome': 'committed',
      'plinth.transaction.attempts': 1,
      'plinth.transaction.isolation': expect.any(String),
    })
  })

  it('that is refused is rolled back and no failure', async () => {
    const { db, spans } = await fresh()
    const refusal = new PlinthError('sold_out', 'Sold out.', { status: 409 })
    const refused = db.system.transaction(() => Promise.reject(refusal))
    await expect(refused).rejects.toBe(refusal)
    const broken = db.system.transaction(() => Promise.reject(new TypeError('broken')))
    await expect(broken).rejects.toThrow('broken')
    expect(spans).toMatchObject([
      { attributes: { 'plinth.transaction.outcome': 'rolled_back' } },
      { attributes: { 'plinth.transaction.outcome': 'rolled_back' }, error: { message: 'broken' } },
    ])
    expect(spans[0]).not.toHaveProperty('error')
  })

  it('gives up with the scope that it is in', async () => {
    const { db } = await fresh()
    const controller = new AbortController()
    const as = db.as(actor('ann'), { signal: controller.signal })
    const work = as.transaction(async (tx) => {
      controller.abort()
      await tx.create(notes, { title: 'a' })
    })
    await expect(work).rejects.toMatchObject({ code: 'aborted' })
    expect(await db.system.count(notes)).toBe(0)
  })

  it('is named by the log when what follows its commit fails', async () => {
    const { db, signals } = await fresh()
    const lines: LogRecord[] = []
    signals.subscribe({ log: (record) => void lines.push(record) })
    const trace = createTrace()
    const as = db.as(actor('ann'), { trace })
    const fail = () => Promise.reject(new Error('broken'))
    as.afterCommit(fail)
    await as.transaction(async (tx) => tx.afterCommit(fail))
    await expect.poll(() => lines.length).toBe(2)
    expect(lines.map((line) => line.trace?.traceId)).toEqual([trace.traceId, trace.traceId])
  })
})
