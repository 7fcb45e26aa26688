import { createTrace, PlinthError, type Scope, type Signals } from '../kernel/index.ts'
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
  { signals, scope, plan, batch }: ObservedOptions,
  work: () => MaybePromise<T>,
): MaybePromise<T> {
  const trace = createTrace(scope?.trace)
  const start = Date.now()
  const began = performance.now()
  const size = batch === undefined ? undefined : { 'db.operation.batch.size': batch }
  const attributes = size ? { ...plan.attributes, ...size } : plan.attributes
  const report = (error?: unknown): void =>
    signals.span({
      name: plan.summary,
      kind: 'client',
      traceId: trace.traceId,
      spanId: trace.spanId,
      parentSpanId: scope?.trace?.spanId,
      sampled: trace.sampled,
      start,
      duration: performance.now() - began,
      attributes: error ? { ...attributes, 'error.type': typeOf(error) } : attributes,
      ...(error ? { error } : {}),
    })
  const fail = (error: unknown): never => {
    report(error)
    throw error
  }
  const succeed = (result: T): T => {
    report()
    return result
  }
  let result: MaybePromise<T>
  try {
    result = work()
  } catch (error) {
    return fail(error)
  }
  return result instanceof Promise ? result.then(succeed, fail) : succeed(result)
}

function typeOf(error: unknown): string {
  if (error instanceof PlinthError) return error.code
  return error instanceof Error ? error.name : typeof error
}
