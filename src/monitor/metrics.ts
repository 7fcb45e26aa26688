import type { Attributes, Measurement, SignalListener, SpanRecord } from '../kernel/index.ts'
import { createHistogram, type Histogram, observe, observeSpan } from './histogram.ts'

/** Labels of one series, in the order they are written. */
type Labels = readonly (readonly [name: string, value: string])[]

export interface Series {
  readonly labels: Labels
  /** A histogram, or the value of a counter or gauge. */
  readonly histogram: Histogram | undefined
  value: number
}

/** All series of one metric name. */
export interface Family {
  readonly name: string
  readonly type: Measurement['type']
  readonly unit: string
  readonly series: Map<string, Series>
}

/** Keeps metrics in memory: a signal listener that can be read at any time. */
export interface Metrics {
  readonly listener: SignalListener
  /** Everything as it is now: what is observed is read first. */
  families(): Iterable<Family>
  /**
   * Reads these figures whenever metrics are read; a counter's value is the whole. The function returned
   * ends it. One that throws is left out.
   */
  observe(read: () => Iterable<Measurement>): () => void
}

/**
 * Series a metric may have; more are added up under one series marked as overflow, so that no input
 * can make memory grow (OpenTelemetry metrics SDK, cardinality limits).
 */
const SERIES_LIMIT = 2000
const OVERFLOW: Labels = [['otel.metric.overflow', 'true']]

/** Bounds in seconds that OpenTelemetry's conventions advise for HTTP and for databases. */
const HTTP_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const DB_BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]
const SIZE_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

const HTTP_LABELS = [
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'url.scheme',
  'error.type',
] as const
const CALL_LABELS = [
  'http.request.method',
  'server.address',
  'server.port',
  'http.response.status_code',
  'error.type',
] as const
const DB_LABELS = [
  'db.system.name',
  'db.operation.name',
  'db.collection.name',
  'error.type',
] as const

export interface MetricsPorts {
  /** Labels without what may not be shown. */
  readonly show: (attributes: Attributes) => Attributes
  /** A figure by the name it is to have. */
  readonly rename: (measurement: Measurement) => Measurement
}

/** Creates empty metrics, fed by the spans of requests and queries and by measurements. */
export function createMetrics({ show, rename }: MetricsPorts): Metrics {
  const families = new Map<string, Family>()
  const observed = new Set<() => Iterable<Measurement>>()
  const requests = addFamily('http.server.request.duration', 'histogram', 's')
  const calls = addFamily('http.client.request.duration', 'histogram', 's')
  const queries = addFamily('db.client.operation.duration', 'histogram', 's')
  // The spans of one statement share one object of attributes, by which its series is found.
  const ofStatement = new WeakMap<Attributes, Series>()
  const requestSeries = createRecentSeries(requests)

  return {
    families() {
      for (const read of observed) take(read)
      return families.values()
    },
    observe(read) {
      observed.add(read)
      return () => void observed.delete(read)
    },
    listener: {
      span(record) {
        const histogram = seriesOfSpan(record)?.histogram
        if (histogram) observeSpan(histogram, record)
      },
      measurement(record) {
        const { type, unit, value } = record
        const series = seriesOfMeasurement(record, unit === 's' ? DB_BOUNDS : SIZE_BOUNDS)
        if (series.histogram) observe(series.histogram, value)
        else series.value = type === 'gauge' ? value : series.value + value
      },
    },
  }

  function seriesOfSpan({ name, kind, attributes }: SpanRecord): Series | undefined {
    if (kind === 'server') return requestSeries(name, attributes)
    if (kind !== 'client') return undefined
    const known = ofStatement.get(attributes)
    if (known) return known
    if (attributes['http.request.method'] === undefined) return addStatement(attributes)
    return seriesOf(calls, CALL_LABELS, attributes, HTTP_BOUNDS)
  }

  function take(read: () => Iterable<Measurement>): void {
    try {
      for (const figure of read()) {
        seriesOfMeasurement(rename(figure), SIZE_BOUNDS).value = figure.value
      }
    } catch {
      // What cannot be read now stays as it was: others are not to miss theirs for it.
    }
  }

  function seriesOfMeasurement(measurement: Measurement, bounds: readonly number[]): Series {
    const { name, type, unit, attributes } = measurement
    const family = families.get(name) ?? addFamily(name, type, unit)
    const shown = attributes ? show(attributes) : {}
    return seriesOf(family, Object.keys(shown), shown, bounds)
  }

  function addStatement(attributes: Attributes): Series {
    const series = seriesOf(queries, DB_LABELS, attributes, DB_BOUNDS)
    ofStatement.set(attributes, series)
    return series
  }

  function addFamily(name: string, type: Measurement['type'], unit: string): Family {
    const family = { name, type, unit, series: new Map<string, Series>() }
    families.set(name, family)
    return family
  }
}

/** The series of the last request of each name: most that follow it have the same labels. */
function createRecentSeries(requests: Family): (name: string, attributes: Attributes) => Series {
  const recent = new Map<string, { readonly attributes: Attributes; readonly series: Series }>()
  return (name, attributes) => {
    const known = recent.get(name)
    if (known && isAlike(attributes, known.attributes)) return known.series
    const series = seriesOf(requests, HTTP_LABELS, attributes, HTTP_BOUNDS)
    if (recent.size >= SERIES_LIMIT) recent.clear()
    recent.set(name, { attributes, series })
    return series
  }
}

/** Whether both have the same `HTTP_LABELS`. One by one, not in a loop: this runs for each request. */
function isAlike(a: Attributes, b: Attributes): boolean {
  return (
    a['http.request.method'] === b['http.request.method'] &&
    a['http.route'] === b['http.route'] &&
    a['http.response.status_code'] === b['http.response.status_code'] &&
    a['url.scheme'] === b['url.scheme'] &&
    a['error.type'] === b['error.type']
  )
}

function seriesOf(
  family: Family,
  labels: readonly string[],
  attributes: Attributes,
  bounds: readonly number[],
): Series {
  let key = ''
  for (const label of labels) key += `${attributes[label] ?? ''}\u0000`
  const known = family.series.get(key)
  if (known) return known
  const full = family.series.size >= SERIES_LIMIT
  const id = full ? 'overflow' : key
  const series = family.series.get(id) ?? {
    labels: full ? OVERFLOW : presentLabels(labels, attributes),
    histogram: family.type === 'histogram' ? createHistogram(bounds) : undefined,
    value: 0,
  }
  family.series.set(id, series)
  return series
}

function presentLabels(labels: readonly string[], attributes: Attributes): Labels {
  return labels
    .filter((label) => attributes[label] !== undefined)
    .map((label) => [label, String(attributes[label])] as const)
}
