import { assertKnown, misuse, Secret } from '../../kernel/index.ts'
import type { MonitorPart } from '../part.ts'
import { openOtlp } from './open-otlp.ts'
import { toKeyValues } from './records.ts'
import { createTransport } from './transport.ts'

/** Where telemetry is sent, and as whose. */
export interface OtlpOptions {
  /** The collector, without `/v1/...`. Default `http://localhost:4318`. */
  readonly url?: string
  /** Sent along, such as an API key. */
  readonly headers?: Readonly<Record<string, string | Secret>>
  /** Default `http/protobuf`. */
  readonly protocol?: 'http/protobuf' | 'http/json'
  /**
   * `gzip` sends a tenth of the bytes, and takes longer than all else that is done to send a span. Default
   * `none`, as in OpenTelemetry.
   */
  readonly compression?: 'gzip' | 'none'
  /** Who reports: `service.name` and, if known, `service.version`. Default name `plinth`. */
  readonly service?: { readonly name: string; readonly version?: string }
  /** Milliseconds after which spans and log records are sent. Default 5,000. */
  readonly interval?: number
  /** Milliseconds between two reports of metrics. Default 60,000. */
  readonly metricsInterval?: number
  /** Spans, and log records, that may wait; beyond that new ones are dropped and counted. Default 8,192. */
  readonly capacity?: number
  /** Milliseconds for one try. Default 10,000. */
  readonly timeout?: number
  readonly fetch?: typeof fetch
}

const BATCH = 512
const KEYS = [
  'url',
  'headers',
  'protocol',
  'compression',
  'service',
  'interval',
  'metricsInterval',
  'capacity',
  'timeout',
  'fetch',
] as const satisfies (keyof OtlpOptions)[]

/**
 * Makes an exporter of spans, metrics and log records to an OpenTelemetry collector, or to whatever
 * else speaks OTLP over HTTP (OTLP 1.x; protobuf or JSON).
 *
 * A request never waits for it: records wait in bounded queues, are sent in batches, tried again with
 * pauses when the collector says so or is away, and dropped beyond that. What is lost is counted as
 * `plinth.monitor.export.lost`.
 *
 * ```ts
 * import { backend } from 'plinth'
 * import { sqlite } from 'plinth/data/sqlite'
 * import { otlp } from 'plinth/monitor'
 *
 * export const app = await backend({
 *   data: sqlite(':memory:', []),
 *   monitor: { parts: [otlp({ url: 'http://localhost:4318', service: { name: 'shop' } })] },
 * })
 * ```
 */
export function otlp(options: OtlpOptions = {}): MonitorPart {
  assertKnown('otlp()', options, KEYS)
  const {
    interval = 5000,
    metricsInterval = 60_000,
    capacity = 8192,
    timeout = 10_000,
    protocol = 'http/protobuf',
    compression = 'none',
    service = { name: 'plinth' },
  } = options
  for (const [name, value] of Object.entries({ interval, metricsInterval, capacity, timeout })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw misuse(`otlp().${name}`, `is ${String(value)}; expected a positive integer`)
    }
  }
  if (protocol !== 'http/protobuf' && protocol !== 'http/json') {
    throw misuse('otlp().protocol', `is "${String(protocol)}"; expected http/protobuf or http/json`)
  }
  if (compression !== 'gzip' && compression !== 'none') {
    throw misuse('otlp().compression', `is "${String(compression)}"; expected gzip or none`)
  }
  const deliver = createTransport({
    url: readUrl(options.url),
    headers: readHeaders(options.headers),
    protocol,
    compression,
    timeout,
    fetch: options.fetch ?? globalThis.fetch,
  })
  const { name, version } = service
  const resource = {
    attributes: toKeyValues({
      'service.name': name,
      'service.version': version,
      'service.instance.id': crypto.randomUUID(),
      'telemetry.sdk.name': 'plinth',
      'telemetry.sdk.language': 'nodejs',
    }),
  }

  const limits = { capacity, batch: BATCH, interval }
  return {
    kind: 'monitor-part',
    name: 'otlp',
    open: (ports) => openOtlp({ deliver, resource, limits, metricsInterval }, ports),
  }
}

function readUrl(given = 'http://localhost:4318'): string {
  const url = typeof given === 'string' ? URL.parse(given) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw misuse(
      'otlp().url',
      `is ${JSON.stringify(given)}; expected the collector's address, such as "http://localhost:4318"`,
    )
  }
  return url.href.replace(/\/$/, '')
}

function readHeaders(given: OtlpOptions['headers'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      value instanceof Secret ? value.reveal() : value,
    ]),
  )
}
