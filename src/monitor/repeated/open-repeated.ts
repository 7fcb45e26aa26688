import type { AttributeValue, SpanRecord } from '../../kernel/index.ts'
import type { MonitorPorts, OpenMonitorPart } from '../part.ts'
import { type CodePlace, placeOfCaller } from './code-place.ts'

interface Repetition {
  readonly span: SpanRecord
  count: number
  /** Who ran it when the limit was passed. */
  place: CodePlace | undefined
}

/** Requests under way that are followed; the oldest is let go. */
const REQUESTS = 200
/** Statements of one request. */
const STATEMENTS = 200
/** What was told of is not told of again, up to so many. */
const TOLD = 1000

const ADVICE: Readonly<Record<string, string>> = {
  select: 'Read them together: with include, or by one list with { in: [...] }.',
  insert: 'Write them together, with createMany.',
  update: 'Write them together, with updateMany, or in one statement.',
  delete: 'Delete them together, with deleteMany.',
}

/** Begins to count. */
export function openRepeated(after: number, { signals }: MonitorPorts): OpenMonitorPart {
  const requests = new Map<string, Map<string, Repetition>>()
  const told = new Set<string>()
  return {
    wantsAll: true,
    listener: {
      span(span) {
        if (span.kind === 'server') end(span)
        else if (span.attributes['db.system.name'] !== undefined) count(span)
      },
    },
  }

  function count(span: SpanRecord): void {
    // One that belongs to no request has a trace of its own.
    if (span.parentSpanId === undefined) return
    const statements = requests.get(span.traceId) ?? begin(span.traceId)
    const key = String(span.attributes['db.query.text'] ?? span.name)
    const repetition = statements.get(key)
    if (!repetition) {
      if (statements.size < STATEMENTS) statements.set(key, { span, count: 1, place: undefined })
      return
    }
    repetition.count += 1
    if (repetition.count === after + 1) repetition.place = placeOfCaller()
  }

  function begin(traceId: string): Map<string, Repetition> {
    const statements = new Map<string, Repetition>()
    requests.set(traceId, statements)
    if (requests.size > REQUESTS) requests.delete(requests.keys().next().value as string)
    return statements
  }

  function end({ traceId, name }: SpanRecord): void {
    const statements = requests.get(traceId)
    if (!statements) return
    requests.delete(traceId)
    for (const repetition of statements.values()) {
      if (repetition.count > after) tell(name, repetition)
    }
  }

  function tell(operation: string, { span, count: times, place }: Repetition): void {
    const { attributes, name, traceId, spanId, sampled } = span
    const at = place ? `${place.file}:${place.line}` : ''
    const text = attributes['db.query.text']
    const key = JSON.stringify([operation, text ?? name, at])
    if (told.has(key)) return
    told.add(key)
    if (told.size > TOLD) told.delete(told.values().next().value as string)
    signals.log({
      level: 'warn',
      message: `${operation} ran the same statement ${times} times (${name})${at && ` at ${at}`}. ${adviceOn(attributes['db.operation.name'])}`,
      event: 'plinth.data.repeated_query',
      trace: { traceId, spanId, sampled },
      attributes: {
        'db.query.summary': name,
        'db.query.text': text,
        'plinth.operation': operation,
        'plinth.count': times,
        'code.file.path': place?.file,
        'code.line.number': place?.line,
        'code.function.name': place?.name,
      },
    })
  }
}

function adviceOn(operation: AttributeValue): string {
  return ADVICE[String(operation)] ?? 'Ask once for all of them.'
}
