import type { Exemplar } from './histogram.ts'
import type { Family, Metrics, Series } from './metrics.ts'

/** A form that Prometheus reads metrics in. */
export interface Exposition {
  readonly mediaType: string
  /** Whether it is OpenMetrics, which has units, exemplars and an end. */
  readonly open: boolean
}

/** What every version of Prometheus reads. */
export const TEXT: Exposition = {
  mediaType: 'text/plain; version=0.0.4; charset=utf-8',
  open: false,
}

/** https://prometheus.io/docs/specs/om/open_metrics_spec/ */
export const OPEN_METRICS: Exposition = {
  mediaType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  open: true,
}

const ASKS_FOR_OPEN = /(?:^|,)[ \t]*application\/openmetrics-text[ \t]*(;[^,]*)?(?=,|$)/i
const REFUSES = /;[ \t]*q=0(?:\.0*)?[ \t]*(?:;|$)/i

/** Chooses the form by what the client accepts. */
export function expositionFor(accept: string | null): Exposition {
  const [asked, parameters = ''] = ASKS_FOR_OPEN.exec(accept ?? '') ?? []
  return asked !== undefined && !REFUSES.test(parameters) ? OPEN_METRICS : TEXT
}

/** The name Prometheus gives each UCUM unit; a unit in braces is a count and has none. */
const UNITS: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  By: 'bytes',
  '1': 'ratio',
}

/** What metrics of OpenTelemetry's names count, in words; ours say it by their names. */
const HELP: Readonly<Record<string, string>> = {
  'http.server.request.duration': 'Duration of requests that were answered.',
  'http.client.request.duration': 'Duration of requests that were sent to other servers.',
  'db.client.operation.duration': 'Duration of queries.',
}

/**
 * Writes metrics for Prometheus, names and labels translated from OpenTelemetry's as its
 * compatibility specification says: `http.server.request.duration` in seconds becomes
 * `http_server_request_duration_seconds`.
 */
export function toPrometheus(metrics: Metrics, exposition: Exposition = TEXT): string {
  let text = ''
  for (const family of metrics.families()) {
    if (family.series.size > 0) text += writeFamily(family, exposition)
  }
  return exposition.open ? `${text}# EOF\n` : text
}

function writeFamily(family: Family, { open }: Exposition): string {
  const { name: known, type, unit } = family
  const name = known.replace(/[^a-zA-Z0-9_:]/g, '_') + (UNITS[unit] ? `_${UNITS[unit]}` : '')
  const sample = type === 'counter' ? `${name}_total` : name
  // OpenMetrics describes a counter without the suffix that its samples have.
  const described = open ? name : sample
  let text = `# HELP ${described} ${escapeHelp(HELP[known] ?? known)}\n# TYPE ${described} ${type}\n`
  if (open && UNITS[unit]) text += `# UNIT ${described} ${UNITS[unit]}\n`
  for (const series of family.series.values()) {
    const labels = series.labels.map(
      ([label, value]) => `${labelName(label)}="${escapeLabel(value)}"`,
    )
    text += series.histogram
      ? writeHistogram(name, { series, labels, open })
      : `${sample}${inBraces(labels)} ${series.value}\n`
  }
  return text
}

function writeHistogram(
  name: string,
  { series, labels, open }: { series: Series; labels: readonly string[]; open: boolean },
): string {
  const { bounds = [], counts = [], exemplars = [], sum = 0, count = 0 } = series.histogram ?? {}
  let text = ''
  let below = 0
  for (const [at, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
    below += counts[at] ?? 0
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : decimal(bound, open)
    const exemplar = open ? exemplars[at] : undefined
    const bucket = `${name}_bucket${inBraces([...labels, `le="${le}"`])} ${below}`
    text += exemplar ? `${bucket} ${written(exemplar)}\n` : `${bucket}\n`
  }
  return `${text}${name}_sum${inBraces(labels)} ${sum}\n${name}_count${inBraces(labels)} ${count}\n`
}

/** OpenMetrics writes a bound that is whole with a point. */
function decimal(bound: number, open: boolean): string {
  return open && Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

function written({ traceId, spanId, value, time }: Exemplar): string {
  return `# {trace_id="${traceId}",span_id="${spanId}"} ${value} ${time / 1000}`
}

function inBraces(labels: readonly string[]): string {
  return labels.length > 0 ? `{${labels.join(',')}}` : ''
}

/** A label begins with a letter; `__` is Prometheus' own. */
function labelName(label: string): string {
  const name = label.replace(/[^a-zA-Z0-9_]/g, '_')
  return /^(?:[0-9]|__)/.test(name) ? `key_${name}` : name
}

function escapeLabel(text: string): string {
  return text.toWellFormed().replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))
}

function escapeHelp(text: string): string {
  return text.toWellFormed().replace(/[\\\n]/g, (char) => (char === '\n' ? '\\n' : '\\\\'))
}
