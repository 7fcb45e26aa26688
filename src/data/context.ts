import {
  type Actor,
  type Clock,
  createTrace,
  misuse,
  PlinthError,
  type Scope,
  type Signals,
} from '../kernel/index.ts'
import type { Connection, Driver, MaybePromise, Result, StoredValue } from './driver.ts'
import { aborted } from './errors.ts'
import type { Model, Models } from './model.ts'
import { createPlan, type Plan, type PlanCache, type Verb } from './plan.ts'
import type { AnyTable } from './table.ts'

/** Past all policies. A symbol of its own, so that no missing or mistyped actor can mean it. */
export const SYSTEM: unique symbol = Symbol('system')

/** On whose behalf queries run. */
export type Subject = Actor | null | typeof SYSTEM

/** What all handles of a database share. */
export interface Engine {
  readonly driver: Driver
  readonly models: Models
  readonly plans: PlanCache
  readonly signals: Signals
  readonly clock: Clock
  readonly nextId: () => string
}

export interface OpenTransaction {
  readonly connection: Connection
  /** False once its work has settled: the handle has outlived it. */
  open: boolean
}

/** What one handle is bound to. */
export interface Context {
  readonly engine: Engine
  readonly subject: Subject
  readonly scope: Scope | undefined
  readonly transaction: OpenTransaction | undefined
}

export function modelOf(context: Context, table: AnyTable): Model {
  const model = context.engine.models.get(table)
  if (model) return model
  const name = (table as Partial<AnyTable> | null | undefined)?.name
  throw misuse(
    'database',
    `table ${JSON.stringify(name)} is not among the tables it was opened with`,
  )
}

/** Throws when the handle cannot be used here or any more. */
export function assertUsable({ transaction, engine, scope }: Context): void {
  if (!transaction) engine.driver.assertOutside()
  else if (!transaction.open) {
    throw misuse('transaction', 'its handle was used after it had ended; await all work inside')
  }
  if (scope?.signal?.aborted) throw aborted(scope.signal)
}

/** Runs a statement that reads: in the transaction, or on what is committed. */
export function read(
  context: Context,
  plan: Plan,
  params: readonly StoredValue[],
): MaybePromise<Result> {
  assertUsable(context)
  const { engine, transaction, scope } = context
  if (transaction) return run(context, transaction.connection, { plan, params })
  if (!engine.signals.spans) return engine.driver.read(plan, params, scope)
  return observed(context, plan, () => engine.driver.read(plan, params, scope))
}

/** Runs `work` in the transaction, or in one of its own. */
export function write<T>(
  context: Context,
  work: (connection: Connection) => MaybePromise<T>,
): MaybePromise<T> {
  assertUsable(context)
  const { engine, transaction, scope } = context
  return transaction ? work(transaction.connection) : engine.driver.transaction(work, scope)
}

/** Runs one statement of a transaction. */
export function run(
  context: Context,
  connection: Connection,
  { plan, params }: { plan: Plan; params: readonly StoredValue[] },
): MaybePromise<Result> {
  const { scope, engine } = context
  if (scope?.signal?.aborted) throw aborted(scope.signal)
  if (!engine.signals.spans) return connection.run(plan, params)
  return observed(context, plan, () => connection.run(plan, params))
}

/** Reports a statement as a client span of OpenTelemetry's database conventions. */
function observed(
  { engine, scope }: Context,
  plan: Plan,
  work: () => MaybePromise<Result>,
): MaybePromise<Result> {
  const trace = createTrace(scope?.trace)
  const start = Date.now()
  const began = performance.now()
  const report = (error?: unknown): void =>
    engine.signals.span({
      name: plan.summary,
      kind: 'client',
      traceId: trace.traceId,
      spanId: trace.spanId,
      parentSpanId: scope?.trace?.spanId,
      sampled: trace.sampled,
      start,
      duration: performance.now() - began,
      attributes: error ? { ...plan.attributes, 'error.type': typeOf(error) } : plan.attributes,
      ...(error ? { error } : {}),
    })
  const fail = (error: unknown): never => {
    report(error)
    throw error
  }
  const succeed = (result: Result): Result => {
    report()
    return result
  }
  try {
    const result = work()
    return result instanceof Promise ? result.then(succeed, fail) : succeed(result)
  } catch (error) {
    return fail(error)
  }
}

function typeOf(error: unknown): string {
  if (error instanceof PlinthError) return error.code
  return error instanceof Error ? error.name : typeof error
}

/** Compiles a statement whose shape was not in the cache. */
export function addPlan(
  { plans, driver }: Engine,
  key: string,
  { sql, verb, model, returns }: { sql: string; verb: Verb; model: Model; returns: boolean },
): Plan {
  const plan = createPlan(sql, {
    verb,
    table: model.name,
    system: driver.dialect.name,
    returns,
    bigints: returns && model.bigints,
  })
  return plans.add(key, plan)
}
