import {
  assertKnown,
  createSignals,
  misuse,
  type Sampler,
  type SignalListener,
  type Signals,
  type SpanRecord,
} from '../kernel/index.ts'
import type { OpenMonitorPart } from './part.ts'

/** Which traces are kept. Metrics and the lines of the log are never sampled. */
export interface SamplingOptions {
  /** The share of traces, from 0 to 1. Default 1. */
  readonly ratio?: number
  /** The share for routes by their template, such as `{ '/health': 0 }`. Default: `ratio`. */
  readonly routes?: Readonly<Record<string, number>>
  /** Milliseconds from which on a request is kept, whatever its share. Default: none is for its time. */
  readonly slow?: number
}

/** Traces of which it is not yet known whether they are kept, and spans of each: with more, the oldest go. */
const WAITING_TRACES = 1000
const WAITING_SPANS = 200

/**
 * Creates what decides about traces that begin here: by the last 56 bits of their ids, so that all who
 * go by the same share agree (OpenTelemetry, probability sampling). The lowest four of them are left away,
 * since a number holds no more than the others exactly. Undefined where all are kept.
 */
export function createSampler(options: SamplingOptions = {}): Sampler | undefined {
  assertKnown('monitor.sampling', options, ['ratio', 'routes', 'slow'])
  const { ratio = 1, routes = {}, slow } = options
  assertShare('ratio', ratio)
  for (const [route, share] of Object.entries(routes)) assertShare(`routes["${route}"]`, share)
  if (slow !== undefined && !(Number.isFinite(slow) && slow >= 0)) {
    throw misuse('monitor.sampling.slow', `is ${String(slow)}; expected milliseconds`)
  }
  const shares = new Map(Object.entries(routes))
  if (ratio === 1 && [...shares.values()].every((share) => share === 1)) return undefined
  return (traceId, route) => {
    const share = (route === undefined ? undefined : shares.get(route)) ?? ratio
    return Number.parseInt(traceId.slice(-14, -1), 16) >= (1 - share) * 2 ** 52
  }
}

function assertShare(place: string, share: number): void {
  if (typeof share === 'number' && share >= 0 && share <= 1) return
  throw misuse(`monitor.sampling.${place}`, `is ${String(share)}; expected a number from 0 to 1`)
}

/**
 * What parts listen with behind the sampler: of spans they are told of those that are kept, unless they
 * want all; of all else at once.
 */
export function listenersBehind(
  parts: readonly OpenMonitorPart[],
  settings: { readonly signals: Signals; readonly slow?: number | undefined },
): SignalListener[] {
  const kept = createSignals()
  const direct = parts.map(({ listener = {}, wantsAll }): SignalListener => {
    if (wantsAll || !listener.span) return listener
    kept.subscribe({ span: (record) => listener.span?.(record) })
    return {
      ...(listener.measurement && { measurement: (record) => listener.measurement?.(record) }),
      ...(listener.log && { log: (record) => listener.log?.(record) }),
      ...(listener.events && { events: listener.events }),
    }
  })
  return kept.spans ? [keepSampled(kept, settings), ...direct] : direct
}

/**
 * Lets spans through to `kept`. Those of a trace that is not sampled wait until its request has ended,
 * here: where it failed or was slow they go through as well, marked as sampled.
 */
function keepSampled(
  kept: Pick<Signals, 'span'>,
  { signals, slow = Number.POSITIVE_INFINITY }: { signals: Signals; slow?: number | undefined },
): Required<Pick<SignalListener, 'span'>> {
  const waiting = new Map<string, SpanRecord[]>()

  return {
    span(record) {
      if (record.sampled) kept.span(record)
      else if (record.kind === 'server') decide(record)
      else wait(record)
    },
  }

  function wait(record: SpanRecord): void {
    const { traceId } = record
    const spans = waiting.get(traceId)
    if (!spans) {
      if (waiting.size >= WAITING_TRACES) dropOldest()
      waiting.set(traceId, [record])
    } else if (spans.length < WAITING_SPANS) spans.push(record)
    else drop(1)
  }

  function decide(record: SpanRecord): void {
    const spans = waiting.get(record.traceId) ?? []
    waiting.delete(record.traceId)
    const failed = record.error !== undefined || record.attributes['error.type'] !== undefined
    if (!failed && record.duration < slow) return
    for (const span of [...spans, record]) kept.span({ ...span, sampled: true })
  }

  function dropOldest(): void {
    const [oldest] = waiting
    if (!oldest) return
    waiting.delete(oldest[0])
    drop(oldest[1].length)
  }

  /** Told of because they might have been kept. */
  function drop(count: number): void {
    if (!signals.measurements) return
    const name = 'plinth.monitor.sampling.dropped'
    signals.measure({ name, type: 'counter', unit: '{span}', value: count })
  }
}
