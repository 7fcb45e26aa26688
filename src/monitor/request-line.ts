import type { Attributes, AttributeValue, SpanRecord } from '../kernel/index.ts'

/** Attributes that requests to one operation mostly share: their part of the line is written once. */
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

interface Known {
  readonly values: readonly AttributeValue[]
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
      `"duration_ms":${Math.round(duration * 1000) / 1000}${member('url.path', attributes)}` +
      `${member('client.address', attributes)}${member('user_agent.original', attributes)}${tail}`
    )
  }

  function find({ name, attributes }: SpanRecord): Known {
    const known = ofName.get(name)
    if (known && isShared(attributes, known.values)) return known
    const message = JSON.stringify(`${name} ${attributes['http.response.status_code']}`)
    const shared = SHARED.map((key) => member(key, attributes)).join('')
    const created = {
      values: SHARED.map((key) => attributes[key]),
      head: `"level":"info","message":${message},"event":"http.request",`,
      tail: `${shared}}`,
    }
    if (ofName.size >= CAPACITY) ofName.clear()
    ofName.set(name, created)
    return created
  }
}

function isShared(attributes: Attributes, values: readonly AttributeValue[]): boolean {
  for (let at = 0; at < SHARED.length; at += 1) {
    if (attributes[SHARED[at] as string] !== values[at]) return false
  }
  return true
}

/** Text that stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/

function member(key: string, attributes: Attributes): string {
  const value = attributes[key]
  if (value === undefined) return ''
  if (typeof value === 'string' && PLAIN.test(value)) return `,"${key}":"${value}"`
  return `,"${key}":${JSON.stringify(value)}`
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
