import type { Attributes, SpanRecord } from '../../../kernel/index.ts'
import { shortAttributes } from './line.ts'

/** What the objects of a span take, beside their text. */
const OVERHEAD = 600
/** Bytes above which a span is kept in part. */
export const LARGE = 20_000

/** The part of a span that is kept, where the record itself is too much. */
export function toKeptSpan(record: SpanRecord): SpanRecord {
  // The error, and what the request was given, hold on to more than can be told.
  const { error: _, given: _given, name, attributes, ...rest } = record
  return { ...rest, name: name.slice(0, 500), attributes: shortAttributes(attributes) }
}

/** What a span takes, about. The attributes of a statement are counted though many spans share them. */
export function bytesOfSpan({ kind, name, attributes }: SpanRecord): number {
  if (kind === 'internal') return OVERHEAD + 2 * name.length + bytesOfAll(attributes)
  return (
    OVERHEAD +
    (kind === 'server'
      ? lengthOf(attributes['url.path']) +
        lengthOf(attributes['user_agent.original']) +
        lengthOf(attributes['http.request.method_original'])
      : lengthOf(attributes['db.query.text']) + lengthOf(attributes['url.full']))
  )
}

function bytesOfAll(attributes: Attributes): number {
  let bytes = 0
  for (const key in attributes) bytes += 2 * key.length + lengthOf(attributes[key])
  return bytes
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0
}
