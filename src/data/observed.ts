import {
  type Attributes,
  createTrace,
  PlinthError,
  type Scope,
  type Signals,
} from '../kernel/index.ts'
import type { Model } from './model.ts'
import type { StatementText } from './store.ts'
import type { MaybePromise } from './value.ts'

export type Verb = 'select' | 'insert' | 'update' | 'delete'

/** What the spans of one verb on one table say, put together once. */
export interface SpanName {
  readonly name: string
  readonly attributes: Attributes
}

/** The spans of a store, by OpenTelemetry's conventions for databases. */
export class SpanNames {
  readonly #system: string
  readonly #known: Map<Model, Map<Verb, SpanName>> = new Map()
  readonly #ofStatement: WeakMap<StatementText, SpanName> = new WeakMap()

  /** `system` is `db.system.name`. */
  constructor(system: string) {
    this.#system = system
  }

  /** With the statement that was given to the database, where there is one: of it there is one object. */
  of(model: Model, verb: Verb, statement: StatementText | undefined): SpanName {
    if (!statement) return this.#of(model, verb)
    const known = this.#ofStatement.get(statement)
    if (known) return known
    const { name, attributes } = this.#of(model, verb)
    const span = { name, attributes: { ...attributes, 'db.query.text': statement.sql } }
    this.#ofStatement.set(statement, span)
    return span
  }

  #of(model: Model, verb: Verb): SpanName {
    const ofModel = this.#known.get(model) ?? new Map<Verb, SpanName>()
    const span = ofModel.get(verb)
    if (span) return span
    const created = this.#create(model.name, verb)
    this.#known.set(model, ofModel.set(verb, created))
    return created
  }

  #create(table: string, verb: Verb): SpanName {
    const name = `${verb} ${table}`
    const attributes = {
      'db.system.name': this.#system,
      'db.operation.name': verb,
      'db.collection.name': table,
      'db.query.summary': name,
    }
    return { name, attributes }
  }
}

export interface ObservedOptions {
  readonly signals: Signals
  readonly scope: Scope | undefined
  /** Asked as soon as the query was given to the database. */
  readonly span: () => SpanName
  /** How many rows one insert writes. */
  readonly batch: number
}

/** Runs a query and reports it as a client span. */
export function observed<T>(
  options: ObservedOptions,
  work: () => MaybePromise<T>,
): MaybePromise<T> {
  const start = Date.now()
  const began = performance.now()
  let result: MaybePromise<T>
  try {
    result = work()
  } catch (error) {
    report(options, { span: options.span(), start, began, error })
    throw error
  }
  const span = options.span()
  if (result instanceof Promise) return reportLater(result, options, { span, start, began })
  report(options, { span, start, began })
  return result
}

interface Observation {
  readonly span: SpanName
  /** Milliseconds since the epoch. */
  readonly start: number
  /** The same on the monotonic clock. */
  readonly began: number
  readonly error?: unknown
}

async function reportLater<T>(
  result: Promise<T>,
  options: ObservedOptions,
  observation: Observation,
): Promise<T> {
  try {
    const value = await result
    report(options, observation)
    return value
  } catch (error) {
    report(options, { ...observation, error })
    throw error
  }
}

function report(
  { signals, scope, batch }: ObservedOptions,
  { span, start, began, error }: Observation,
): void {
  const parent = scope?.trace
  const { traceId, spanId, sampled } = createTrace(parent)
  signals.span({
    name: span.name,
    kind: 'client',
    traceId,
    spanId,
    parentSpanId: parent?.spanId,
    sampled,
    start,
    duration: performance.now() - began,
    attributes:
      batch === 1 && error === undefined ? span.attributes : describe(span, { batch, error }),
    error,
  })
}

function describe(
  { attributes }: SpanName,
  { batch, error }: { batch: number; error: unknown },
): Attributes {
  return {
    ...attributes,
    ...(batch === 1 ? undefined : { 'db.operation.batch.size': batch }),
    ...(error === undefined ? undefined : { 'error.type': typeOf(error) }),
  }
}

function typeOf(error: unknown): string {
  if (error instanceof PlinthError) return error.code
  return error instanceof Error ? error.name : typeof error
}
