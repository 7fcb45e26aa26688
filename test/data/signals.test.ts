import { id, table } from 'plinth/data'
import { createSignals, createTrace, type SpanRecord } from 'plinth/kernel'
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
  return { db, spans, stop }
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
    })
    expect(JSON.stringify(spans)).not.toContain('secret')
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(5)
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
