import type { Family, Metrics, Series } from './metrics.ts'

/** The media type of Prometheus' text format. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** The suffix Prometheus gives a metric of each UCUM unit; a unit in braces is a count and has none. */
const UNIT_SUFFIX: Readonly<Record<string, string>> = {
  s: '_seconds',
  ms: '_milliseconds',
  By: '_bytes',
  '1': '_ratio',
}

/**
 * Writes metrics in Prometheus' text format, names and labels translated from OpenTelemetry's as its
 * compatibility specification says: `http.server.request.duration` in seconds becomes
 * `http_server_request_duration_seconds`.
 */
export function toPrometheus(metrics: Metrics): string {
  let text = ''
  for (const family of metrics.families()) {
    if (family.series.size > 0) text += writeFamily(family)
  }
  return text
}

function writeFamily(family: Family): string {
  const name = metricName(family)
  let text = `# HELP ${name} ${family.name}\n# TYPE ${name} ${family.type}\n`
  for (const series of family.series.values()) {
    text += series.histogram ? writeHistogram(name, series) : line(name, series, series.value)
  }
  return text
}

function writeHistogram(name: string, series: Series): string {
  const { bounds = [], counts = [], sum = 0, count = 0 } = series.histogram ?? {}
  let text = ''
  let below = 0
  bounds.forEach((bound, index) => {
    below += counts[index] ?? 0
    text += line(`${name}_bucket`, series, below, String(bound))
  })
  text += line(`${name}_bucket`, series, count, '+Inf')
  return text + line(`${name}_sum`, series, sum) + line(`${name}_count`, series, count)
}

function metricName({ name, type, unit }: Family): string {
  const base = name.replace(/[^a-zA-Z0-9_:]/g, '_') + (UNIT_SUFFIX[unit] ?? '')
  return type === 'counter' ? `${base}_total` : base
}

function line(name: string, { labels }: Series, value: number, bound?: string): string {
  const pairs = labels.map(([label, text]) => `${labelName(label)}="${escapeLabel(text)}"`)
  if (bound !== undefined) pairs.push(`le="${bound}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`
}

function labelName(label: string): string {
  return label.replace(/[^a-zA-Z0-9_]/g, '_')
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))
}
