import { createSignals, createTrace, type SpanRecord, traced } from 'plinth/kernel'
import { expect, test } from 'vitest'

test('tells callers whether anybody listens', () => {
  const signals = createSignals()
  expect([signals.spans, signals.logs, signals.measurements]).toEqual([false, false, false])
  const stop = signals.subscribe({ span: () => {}, log: () => {} })
  expect([signals.spans, signals.logs, signals.measurements]).toEqual([true, true, false])
  stop()
  expect([signals.spans, signals.logs]).toEqual([false, false])
})

test('delivers to everyone though listeners throw and reject', async () => {
  const signals = createSignals()
  const heard: string[] = []
  signals.subscribe({
    log: () => {
      throw new Error('broken listener')
    },
  })
  signals.subscribe({ log: () => Promise.reject(new Error('broken later')) })
  signals.subscribe({ log: (record) => void heard.push(record.message) })
  signals.log({ level: 'info', message: 'hello' })
  expect(heard).toEqual(['hello'])
  await Promise.resolve()
  expect(signals.failures).toBe(2)
})

test('starts traces and continues those of a parent', () => {
  const root = createTrace()
  expect(root.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(root.spanId).toMatch(/^[0-9a-f]{16}$/)
  const child = createTrace({ ...root, sampled: false, state: 'a=b' })
  expect(child).toMatchObject({ traceId: root.traceId, sampled: false, state: 'a=b' })
  expect(child.spanId).not.toBe(root.spanId)
})

test('gives each trace and span an identifier of its own', () => {
  const traces = Array.from({ length: 10_000 }, () => createTrace())
  const all = traces.flatMap(({ traceId, spanId }) => [traceId, spanId])
  expect(new Set(all).size).toBe(20_000)
  expect(all.every((text) => /^(?:[0-9a-f]{16}){1,2}$/.test(text))).toBe(true)
})

test('reports traced work with its parent, failed or not', async () => {
  const signals = createSignals()
  const spans: SpanRecord[] = []
  signals.subscribe({ span: (record) => void spans.push(record) })
  const parent = createTrace()
  expect(await traced(signals, { name: 'hash', scope: { trace: parent } }, () => 7)).toBe(7)
  const failing = traced(signals, { name: 'hash' }, () => {
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(spans[0]).toMatchObject({
    name: 'hash',
    traceId: parent.traceId,
    parentSpanId: parent.spanId,
  })
  expect(spans[1]?.error).toBeInstanceOf(Error)
})
