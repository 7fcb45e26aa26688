import {
  bool,
  double,
  enumeration,
  fixed32,
  fixed64,
  id,
  int64,
  type MessageType,
  many,
  manyDoubles,
  manyFixed64,
  messageOf,
  one,
  string,
} from './protobuf.ts'

/*
 * The part of opentelemetry-proto 1.x that is sent: field numbers from its .proto files, names as in its
 * JSON form.
 */

const anyValue = messageOf({
  stringValue: string(1),
  boolValue: bool(2),
  intValue: int64(3),
  doubleValue: double(4),
})
const keyValue = messageOf({ key: string(1), value: one(2, anyValue) })
const resource = messageOf({ attributes: many(1, keyValue) })
const scope = messageOf({ name: string(1), version: string(2) })

const status = messageOf({ message: string(2), code: enumeration(3) })
const span = messageOf({
  traceId: id(1),
  spanId: id(2),
  parentSpanId: id(4),
  name: string(5),
  kind: enumeration(6),
  startTimeUnixNano: fixed64(7),
  endTimeUnixNano: fixed64(8),
  attributes: many(9, keyValue),
  status: one(15, status),
  flags: fixed32(16),
})
const scopeSpans = messageOf({ scope: one(1, scope), spans: many(2, span) })
const resourceSpans = messageOf({ resource: one(1, resource), scopeSpans: many(2, scopeSpans) })

const logRecord = messageOf({
  timeUnixNano: fixed64(1),
  severityNumber: enumeration(2),
  severityText: string(3),
  body: one(5, anyValue),
  attributes: many(6, keyValue),
  flags: fixed32(8),
  traceId: id(9),
  spanId: id(10),
  observedTimeUnixNano: fixed64(11),
  eventName: string(12),
})
const scopeLogs = messageOf({ scope: one(1, scope), logRecords: many(2, logRecord) })
const resourceLogs = messageOf({ resource: one(1, resource), scopeLogs: many(2, scopeLogs) })

const numberPoint = messageOf({
  startTimeUnixNano: fixed64(2),
  timeUnixNano: fixed64(3),
  asDouble: double(4),
  attributes: many(7, keyValue),
})
const histogramPoint = messageOf({
  startTimeUnixNano: fixed64(2),
  timeUnixNano: fixed64(3),
  count: fixed64(4),
  sum: double(5),
  bucketCounts: manyFixed64(6),
  explicitBounds: manyDoubles(7),
  attributes: many(9, keyValue),
})
const gauge = messageOf({ dataPoints: many(1, numberPoint) })
const sum = messageOf({
  dataPoints: many(1, numberPoint),
  aggregationTemporality: enumeration(2),
  isMonotonic: bool(3),
})
const histogram = messageOf({
  dataPoints: many(1, histogramPoint),
  aggregationTemporality: enumeration(2),
})
const metric = messageOf({
  name: string(1),
  description: string(2),
  unit: string(3),
  gauge: one(5, gauge),
  sum: one(7, sum),
  histogram: one(9, histogram),
})
const scopeMetrics = messageOf({ scope: one(1, scope), metrics: many(2, metric) })
const resourceMetrics = messageOf({
  resource: one(1, resource),
  scopeMetrics: many(2, scopeMetrics),
})

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
    type: messageOf({ resourceSpans: many(1, resourceSpans) }),
    rejected: 'rejectedSpans',
  },
  logs: {
    path: '/v1/logs',
    type: messageOf({ resourceLogs: many(1, resourceLogs) }),
    rejected: 'rejectedLogRecords',
  },
  metrics: {
    path: '/v1/metrics',
    type: messageOf({ resourceMetrics: many(1, resourceMetrics) }),
    rejected: 'rejectedDataPoints',
  },
}
