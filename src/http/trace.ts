import type { TraceContext } from '../kernel/index.ts'

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const ZEROS = /^0+$/
/** What every participant must pass on at least, of printable characters (W3C Trace Context, section 3.3.1). */
const STATE = /^[\t -~]{1,512}$/

/**
 * Reads a `traceparent` header (W3C Trace Context), or answers `undefined` for one that is absent or
 * malformed: then a new trace begins. Later versions are read by the parts that version 00 knows.
 */
export function parseTraceparent(
  traceparent: string | null,
  tracestate: string | null = null,
): TraceContext | undefined {
  const parts = traceparent === null ? null : TRACEPARENT.exec(traceparent)
  if (!parts) return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = parts
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined
  const sampled = (Number.parseInt(flags, 16) & 1) === 1
  return tracestate !== null && STATE.test(tracestate)
    ? { traceId, spanId, sampled, state: tracestate }
    : { traceId, spanId, sampled }
}

/** Writes the `traceparent` header of a trace. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}
