import type { Attributes, AttributeValue, SpanRecord } from '../kernel/index.ts'

/** What requests to one operation mostly share: it is written once. */
interface Known {
  /** Of the request that it was written for. */
  readonly attributes: Attributes
  /** From the level to the trace. */
  readonly head: string
  /** The shared attributes, up to the end of the line. */
  readonly tail: string
}

/** Names of operations are few; should they not be, what is known of them is forgotten. */
const CAPACITY = 2000

/**
 * Makes what writes the line that a busy server writes most. It is put together by hand, since its parts
 * are known. Nothing is taken out: `http` puts nothing into these attributes that may be a secret.
 */
export function createRequestLines(): (span: SpanRecord) => string {
  const ofName = new Map<string, Known>()
  return (span) => {
    const { start, duration, traceId, spanId, attributes } = span
    const { head, tail } = find(span)
    return (
      `{"time":"${toIso(start)}",${head}"trace_id":"${traceId}","span_id":"${spanId}",` +
      `"duration_ms":${Math.round(duration * 1000) / 1000}` +
      member('url.path', attributes['url.path']) +
      member('client.address', attributes['client.address']) +
      member('user_agent.original', attributes['user_agent.original']) +
      tail
    )
  }

  function find({ name, attributes }: SpanRecord): Known {
    const known = ofName.get(name)
    if (known && isAlike(attributes, known.attributes)) return known
    const message = JSON.stringify(`${name} ${attributes['http.response.status_code']}`)
    const shared = SHARED.map((key) => member(key, attributes[key])).join('')
    const created = {
      attributes,
      head: `"level":"info","message":${message},"event":"http.request",`,
      tail: `${shared}}`,
    }
    if (ofName.size >= CAPACITY) ofName.clear()
    ofName.set(name, created)
    return created
  }
}

const SHARED = [
  'http.request.method',
  'http.request.method_original',
  'http.route',
  'http.response.status_code',
  'url.scheme',
  'server.address',
  'server.port',
  'error.type',
] as const

/** One by one, not in a loop: this runs for each request. */
function isAlike(a: Attributes, b: Attributes): boolean {
  return (
    a['http.request.method'] === b['http.request.method'] &&
    a['http.request.method_original'] === b['http.request.method_original'] &&
    a['http.route'] === b['http.route'] &&
    a['http.response.status_code'] === b['http.response.status_code'] &&
    a['url.scheme'] === b['url.scheme'] &&
    a['server.address'] === b['server.address'] &&
    a['server.port'] === b['server.port'] &&
    a['error.type'] === b['error.type']
  )
}

/** Text that stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/

function member(name: string, value: AttributeValue): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`
}

function quoted(value: AttributeValue): string {
  return typeof value === 'string' && PLAIN.test(value)
    ? `"${value}"`
    : JSON.stringify(value ?? null)
}

let lastTime = Number.NaN
let lastIso = ''

/** The requests of a busy server share their millisecond with others, and writing it takes long. */
function toIso(time: number): string {
  if (time !== lastTime) {
    lastIso = new Date(time).toISOString()
    lastTime = time
  }
  return lastIso
}
