import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, InMemoryLogRecordExporter } from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace'
import { openTelemetry } from 'plinth/monitor/opentelemetry'
import { expect, it } from 'vitest'
import { run } from './scripted-run.ts'

it("a team's own SDK is handed every span, log record and metric", async () => {
  const spans = new InMemorySpanExporter()
  const logs = new InMemoryLogRecordExporter()
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const part = openTelemetry({
    resource: resourceFromAttributes({ 'service.name': 'tested' }),
    spanProcessors: [new BatchSpanProcessor({ exporter: spans })],
    logRecordProcessors: [new BatchLogRecordProcessor({ exporter: logs })],
    metricReaders: [new PeriodicExportingMetricReader({ exporter: metrics })],
  })
  const { app, recorder } = await run({ logs: false, parts: [part] })
  await app.flush()
  recorder.stop()

  const got = new Map(spans.getFinishedSpans().map((span) => [span.spanContext().spanId, span]))
  expect(got.size).toBe(recorder.spans.length)
  for (const { spanId, traceId, parentSpanId, name, start } of recorder.spans) {
    const span = got.get(spanId)
    expect(span?.spanContext().traceId).toBe(traceId)
    expect(span?.parentSpanContext?.spanId).toBe(parentSpanId)
    expect(span?.name).toBe(name)
    const [seconds = 0, nanoseconds = 0] = span?.startTime ?? []
    expect(seconds * 1000 + nanoseconds / 1e6).toBeCloseTo(start, 2)
    expect(span?.resource.attributes).toMatchObject({ 'service.name': 'tested' })
  }
  const bodies = logs.getFinishedLogRecords().map(({ body }) => body)
  expect(bodies).toEqual(expect.arrayContaining(recorder.logs.map(({ message }) => message)))

  const families = metrics
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics))
  const requests = families.find(
    ({ descriptor }) => descriptor.name === 'http.server.request.duration',
  )
  const counts = requests?.dataPoints.map(({ value }) => (value as { count: number }).count) ?? []
  const served = recorder.spans.filter(({ kind }) => kind === 'server')
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(served.length)
  await app.close()
})
