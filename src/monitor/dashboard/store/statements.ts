import type { Attributes, SpanRecord } from '../../../kernel/index.ts'
import { BINS, binOf } from './latency.ts'

/** One statement, or one outgoing call, and how long its runs took. Durations in milliseconds. */
export interface Statement {
  /** Such as `select notes`. */
  readonly summary: string
  /** The SQL with placeholders, if it is known. */
  readonly text: string | undefined
  count: number
  errors: number
  total: number
  longest: number
  /** The trace of the longest run. */
  trace: string
  /** Milliseconds since the epoch. */
  last: number
  readonly bins: Uint32Array
}

export interface Statements {
  add(record: SpanRecord): void
  list(): Iterable<Statement>
  /** How many runs were of statements past the limit. */
  readonly beyond: number
}

const TEXT_LENGTH = 8_000

/** Adds up at most `limit` statements. */
export function createStatements(limit: number): Statements {
  const byText = new Map<string, Statement>()
  // The spans of one statement share one object of attributes.
  const byAttributes = new WeakMap<Attributes, Statement>()
  const statements = {
    beyond: 0,
    add(record: SpanRecord) {
      const { attributes, duration, traceId, start } = record
      const statement = byAttributes.get(attributes) ?? find(record)
      if (!statement) {
        statements.beyond += 1
        return
      }
      statement.count += 1
      statement.total += duration
      statement.last = start + duration
      const bin = binOf(duration)
      statement.bins[bin] = (statement.bins[bin] as number) + 1
      if (record.attributes['error.type'] !== undefined) statement.errors += 1
      if (duration >= statement.longest) {
        statement.longest = duration
        statement.trace = traceId
      }
    },
    list: () => byText.values(),
  }
  return statements

  function find({ name, attributes, traceId }: SpanRecord): Statement | undefined {
    const given = attributes['db.query.text']
    const text = typeof given === 'string' ? given.slice(0, TEXT_LENGTH) : undefined
    const summary = String(attributes['db.query.summary'] ?? name).slice(0, 200)
    const key = text ?? summary
    const known = byText.get(key)
    if (!known && byText.size >= limit) return undefined
    const bins = new Uint32Array(BINS)
    const counts = { count: 0, errors: 0, total: 0, longest: 0, last: 0 }
    const statement = known ?? { summary, text, ...counts, trace: traceId, bins }
    byText.set(key, statement)
    byAttributes.set(attributes, statement)
    return statement
  }
}
