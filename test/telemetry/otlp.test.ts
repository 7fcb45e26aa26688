import type { LogRecord, SpanRecord } from 'plinth/kernel'
import { createRedactor, type OtlpOptions, otlp } from 'plinth/monitor'
import { describe, expect, it } from 'vitest'
import { attributesOf, openCollector } from './collector.ts'
import type { Decoded } from './definitions.ts'
import { run } from './scripted-run.ts'

const KINDS = { internal: 1, server: 2, client: 3 }
const SEVERITIES = { debug: 5, info: 9, warn: 13, error: 17 }

async function runWith(options: OtlpOptions) {
  const collector = await openCollector()
  const part = otlp({ url: collector.url, service: { name: 'tested' }, ...options })
  const { app, recorder } = await run({ logs: false, parts: [part] })
  await app.flush()
  recorder.stop()
  await app.close()
  return { collector, recorder }
}

describe.each(['http/protobuf', 'http/json'] as const)('a receiver of %s', (protocol) => {
  it("decodes every request with OpenTelemetry's definitions", async () => {
    const { collector } = await runWith({ protocol })
    expect(collector.faults).toEqual([])
    expect(collector.spans.length).toBeGreaterThan(30)
  })

  it('gets every span with what was reported of it', async () => {
    const { collector, recorder } = await runWith({ protocol })
    const sent = recorder.spans.map(expectedSpan)
    const got = collector.spans.map(gotSpan)
    expect(new Set(sent.map(({ kind }) => kind))).toEqual(new Set([1, 2, 3]))
    expect(inOrder(got)).toEqual(inOrder(sent))
  })

  it('gets every log record with what was reported of it', async () => {
    const { collector, recorder } = await runWith({ protocol })
    expect(recorder.logs.length).toBeGreaterThan(1)
    const texts = (records: object[]) => records.map((each) => JSON.stringify(each)).toSorted()
    expect(texts(collector.logs.map(gotLog))).toEqual(
      expect.arrayContaining(texts(recorder.logs.map(expectedLog))),
    )
  })

  it('gets every metric with all that was measured', async () => {
    const { collector, recorder } = await runWith({ protocol })
    for (const name of new Set(recorder.measurements.map((each) => each.name))) {
      const measured = recorder.measurements.filter((each) => each.name === name)
      const { type, unit } = measured[0] ?? {}
      const metric = collector.metric(name)
      expect(metric, name).toMatchObject({ name, unit })
      if (type === 'gauge') continue
      // Migrations, too, are measured: before the recorder listens.
      const values = measured.map(({ value }) => value)
      expect(totalOf(metric), name).toBeGreaterThanOrEqual(values.reduce((a, b) => a + b, 0))
    }
    const requests = recorder.spans.filter(({ kind }) => kind === 'server')
    const durations = collector.metric('http.server.request.duration')?.['histogram']
    const count = durations.dataPoints.reduce(
      (sum: number, at: Decoded) => sum + Number(at['count']),
      0,
    )
    expect(count).toBe(requests.length)
    expect(totalOf({ histogram: durations })).toBeCloseTo(
      requests.reduce((sum, { duration }) => sum + duration, 0) / 1000,
    )
    for (const { bucketCounts, explicitBounds, count: all } of durations.dataPoints) {
      expect(bucketCounts).toHaveLength(explicitBounds.length + 1)
      const sum = bucketCounts.reduce((total: bigint, each: string) => total + BigInt(each), 0n)
      expect(sum).toBe(BigInt(all))
    }
  })
})

interface Comparable {
  readonly spanId: string
}

function inOrder<T extends Comparable>(spans: T[]): T[] {
  return spans.toSorted((one, other) => one.spanId.localeCompare(other.spanId))
}

const redactor = createRedactor()

function expectedSpan(record: SpanRecord) {
  const { name, kind, traceId, spanId, parentSpanId = '', sampled, start, duration, error } = record
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: KINDS[kind],
    flags: sampled ? 1 : 0,
    start: expect.closeTo(start, 2),
    // To the nanosecond, give or take one.
    duration: expect.closeTo(duration, 5),
    failed: error !== undefined,
    attributes: expectedAttributes(redactor.span(record).attributes),
  }
}

function gotSpan(span: Decoded) {
  const { traceId, spanId, parentSpanId = '', name, kind, flags, status } = span
  const [start, end] = [BigInt(span['startTimeUnixNano']), BigInt(span['endTimeUnixNano'])]
  return {
    traceId: traceId as string,
    spanId: spanId as string,
    parentSpanId: parentSpanId as string,
    name,
    kind,
    flags,
    start: Number(start / 1000n) / 1000,
    duration: Number(end - start) / 1e6,
    failed: status?.code === 2,
    attributes: attributesOf(span),
  }
}

function expectedLog({ level, message, event = '', attributes = {}, error, trace }: LogRecord) {
  const shown = redactor.log({ level, message, attributes })
  return {
    severity: SEVERITIES[level],
    message: shown.message,
    event,
    failed: error !== undefined,
    traceId: trace?.traceId,
    spanId: trace?.spanId,
    attributes: Object.keys(expectedAttributes(shown.attributes ?? {})).toSorted(),
  }
}

function gotLog(log: Decoded) {
  const { severityNumber, body, eventName = '', traceId, spanId } = log
  const keys = Object.keys(attributesOf(log))
  return {
    severity: severityNumber,
    message: body.stringValue,
    event: eventName,
    failed: keys.includes('exception.type'),
    traceId,
    spanId,
    attributes: keys.filter((key) => !key.startsWith('exception.')).toSorted(),
  }
}

function expectedAttributes(attributes: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, Number.isSafeInteger(value) ? BigInt(value) : value]),
  )
}

function totalOf(metric: Decoded = {}): number {
  const { sum, histogram } = metric
  const points: Decoded[] = (sum ?? histogram)?.dataPoints ?? []
  return points.reduce((total, { asDouble, sum: below }) => total + (asDouble ?? below), 0)
}
