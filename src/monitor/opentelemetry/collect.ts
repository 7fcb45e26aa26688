import type { Clock } from '../../kernel/index.ts'
import type { Family, Metrics, Series } from '../metrics.ts'
import { type HrTime, type MetricSource, SCOPE, toHrTime } from './sdk.ts'

/** `DataPointType` and `AggregationTemporality` of the SDK. */
const HISTOGRAM = 0
const GAUGE = 2
const SUM = 3
const CUMULATIVE = 1

interface Times {
  readonly startTime: HrTime
  readonly endTime: HrTime
}

/** Gives all metrics as they are when asked, counted from when this was made. */
export function createSource(metrics: Metrics, resource: object, clock: Clock): MetricSource {
  const startTime = toHrTime(clock.now())
  return {
    async collect() {
      const times = { startTime, endTime: toHrTime(clock.now()) }
      const all = [...metrics.families()].map((family) => toMetricData(family, times))
      const scopeMetrics = [{ scope: SCOPE, metrics: all }]
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
    },
  }
}

function toMetricData({ name, unit, type, series }: Family, times: Times): object {
  const dataPoints = [...series.values()].map((each) => ({
    ...times,
    attributes: Object.fromEntries(each.labels),
    value: pointValueOf(each),
  }))
  const data = {
    descriptor: { name, unit, description: '', valueType: 1 },
    aggregationTemporality: CUMULATIVE,
    dataPoints,
  }
  if (type === 'histogram') return { ...data, dataPointType: HISTOGRAM }
  if (type === 'gauge') return { ...data, dataPointType: GAUGE }
  return { ...data, dataPointType: SUM, isMonotonic: true }
}

function pointValueOf({ histogram, value }: Series): unknown {
  if (!histogram) return value
  const { bounds, counts, sum, count } = histogram
  return { buckets: { boundaries: [...bounds], counts: [...counts] }, sum, count }
}
