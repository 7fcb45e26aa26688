import type { MessageType } from './protobuf.ts'

/*
 * The part of opentelemetry-proto 1.x that is sent: field numbers from its .proto files, names as in its
 * JSON form.
 */

const string = (number: number) => ({ number, type: 'string' }) as const
const id = (number: number) => ({ number, type: 'id' }) as const
const enumeration = (number: number) => ({ number, type: 'enum' }) as const
const fixed64 = (number: number) => ({ number, type: 'fixed64' }) as const
const double = (number: number) => ({ number, type: 'double' }) as const
const one = (number: number, type: MessageType) => ({ number, type }) as const
const many = (number: number, type: MessageType) => ({ number, type, repeated: true }) as const

const anyValue: MessageType = {
  stringValue: string(1),
  boolValue: { number: 2, type: 'bool' },
  intValue: { number: 3, type: 'int64' },
  doubleValue: double(4),
}
const keyValue: MessageType = { key: string(1), value: one(2, anyValue) }
const resource: MessageType = { attributes: many(1, keyValue) }
const scope: MessageType = { name: string(1), version: string(2) }

const status: MessageType = { message: string(2), code: enumeration(3) }
const span: MessageType = {
  traceId: id(1),
  spanId: id(2),
  parentSpanId: id(4),
  name: string(5),
  kind: enumeration(6),
  startTimeUnixNano: fixed64(7),
  endTimeUnixNano: fixed64(8),
  attributes: many(9, keyValue),
  status: one(15, status),
  flags: { number: 16, type: 'fixed32' },
}
const scopeSpans: MessageType = { scope: one(1, scope), spans: many(2, span) }
const resourceSpans: MessageType = { resource: one(1, resource), scopeSpans: many(2, scopeSpans) }

const logRecord: MessageType = {
  timeUnixNano: fixed64(1),
  severityNumber: enumeration(2),
  severityText: string(3),
  body: one(5, anyValue),
  attributes: many(6, keyValue),
  flags: { number: 8, type: 'fixed32' },
  traceId: id(9),
  spanId: id(10),
  observedTimeUnixNano: fixed64(11),
  eventName: string(12),
}
const scopeLogs: MessageType = { scope: one(1, scope), logRecords: many(2, logRecord) }
const resourceLogs: MessageType = { resource: one(1, resource), scopeLogs: many(2, scopeLogs) }

const numberPoint: MessageType = {
  startTimeUnixNano: fixed64(2),
  timeUnixNano: fixed64(3),
  asDouble: double(4),
  attributes: many(7, keyValue),
}
const histogramPoint: MessageType = {
  startTimeUnixNano: fixed64(2),
  timeUnixNano: fixed64(3),
  count: fixed64(4),
  sum: double(5),
  bucketCounts: { number: 6, type: 'fixed64', repeated: true },
  explicitBounds: { number: 7, type: 'double', repeated: true },
  attributes: many(9, keyValue),
}
const gauge: MessageType = { dataPoints: many(1, numberPoint) }
const sum: MessageType = {
  dataPoints: many(1, numberPoint),
  aggregationTemporality: enumeration(2),
  isMonotonic: { number: 3, type: 'bool' },
}
const histogram: MessageType = {
  dataPoints: many(1, histogramPoint),
  aggregationTemporality: enumeration(2),
}
const metric: MessageType = {
  name: string(1),
  description: string(2),
  unit: string(3),
  gauge: one(5, gauge),
  sum: one(7, sum),
  histogram: one(9, histogram),
}
const scopeMetrics: MessageType = { scope: one(1, scope), metrics: many(2, metric) }
const resourceMetrics: MessageType = {
  resource: one(1, resource),
  scopeMetrics: many(2, scopeMetrics),
}

/** A request of OTLP/HTTP. */
export interface RequestType {
  /** Where it is posted. */
  readonly path: string
  readonly type: MessageType
  /** What the answer calls the count of records that were not taken. */
  readonly rejected: string
}

/** The three requests. */
export const REQUESTS: Readonly<Record<'traces' | 'logs' | 'metrics', RequestType>> = {
  traces: {
    path: '/v1/traces',
    type: { resourceSpans: many(1, resourceSpans) },
    rejected: 'rejectedSpans',
  },
  logs: {
    path: '/v1/logs',
    type: { resourceLogs: many(1, resourceLogs) },
    rejected: 'rejectedLogRecords',
  },
  metrics: {
    path: '/v1/metrics',
    type: { resourceMetrics: many(1, resourceMetrics) },
    rejected: 'rejectedDataPoints',
  },
}
