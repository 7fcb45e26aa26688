import {
  type Attributes,
  createTrace,
  PlinthError,
  type Scope,
  type Signals,
} from '../kernel/index.ts'
import type { MaybePromise } from './driver.ts'
import type { Plan } from './plan.ts'

export interface ObservedOptions {
  readonly signals: Signals
  readonly scope: Scope | undefined
  readonly plan: Plan
  /** How many times the statement is run, where that is not once. */
  readonly batch?: number
}

/** Runs a statement and reports it as a client span of OpenTelemetry's database conventions. */
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
    report(options, { start, began, error })
    throw error
  }
  if (result instanceof Promise) return reportLater(result, options, { start, began })
  report(options, { start, began })
  return result
}

interface Observation {
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
  { signals, scope, plan, batch }: ObservedOptions,
  { start, began, error }: Observation,
): void {
  const parent = scope?.trace
  const { traceId, spanId, sampled } = createTrace(parent)
  signals.span({
    name: plan.summary,
    kind: 'client',
    traceId,
    spanId,
    parentSpanId: parent?.spanId,
    sampled,
    start,
    duration: performance.now() - began,
    attributes:
      batch === undefined && error === undefined
        ? plan.attributes
        : describe(plan, { batch, error }),
    ...(error === undefined ? undefined : { error }),
  })
}

function describe(
  { attributes }: Plan,
  { batch, error }: { batch: number | undefined; error: unknown },
): Attributes {
  return {
    ...attributes,
    ...(batch === undefined ? undefined : { 'db.operation.batch.size': batch }),
    ...(error === undefined ? undefined : { 'error.type': typeOf(error) }),
  }
}

function typeOf(error: unknown): string {
  if (error instanceof PlinthError) return error.code
  return error instanceof Error ? error.name : typeof error
}
