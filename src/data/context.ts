import {
  type Actor,
  type Clock,
  isAborted,
  misuse,
  type Scope,
  type Signals,
} from '../kernel/index.ts'
import type { Connection, Driver, MaybePromise, Result, StoredValue } from './driver.ts'
import { aborted } from './errors.ts'
import type { Model, Models } from './model.ts'
import { observed } from './observed.ts'
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
  /** A verb that works in a savepoint of its own; the others wait for its end. */
  pending?: Promise<unknown> | undefined
}

/** What one handle is bound to. */
export interface Context {
  readonly engine: Engine
  readonly subject: Subject
  readonly scope: Scope | undefined
  readonly transaction: OpenTransaction | undefined
}

/** Begins a verb: makes sure that the handle can be used, and finds the table. */
export function begin(context: Context, table: AnyTable): Model {
  assertUsable(context)
  return modelOf(context.engine, table)
}

export function modelOf({ models }: Engine, table: AnyTable): Model {
  const model = models.get(table)
  if (model) return model
  const name = (table as Partial<AnyTable> | null | undefined)?.name
  throw misuse(
    'database',
    `table ${JSON.stringify(name)} is not among the tables it was opened with; list it there`,
  )
}

/** Throws when the handle cannot be used here or any more. */
export function assertUsable({ transaction, engine, scope }: Context): void {
  if (!transaction) engine.driver.assertOutside()
  else if (!transaction.open) {
    throw misuse('transaction', 'its handle was used after it had ended; await all work inside')
  }
  assertNotAborted(scope)
}

export function assertNotAborted(scope: Scope | undefined): void {
  if (scope && isAborted(scope)) throw aborted(scope.signal)
}

/** Runs a statement that reads: in the transaction, or on what is committed. */
export function read(
  context: Context,
  plan: Plan,
  params: readonly StoredValue[],
): MaybePromise<Result> {
  const { engine, transaction, scope } = context
  if (transaction) {
    const { pending, connection } = transaction
    if (pending) return pending.then(() => read(context, plan, params))
    return run(context, connection, { plan, params })
  }
  if (!engine.signals.spans) return engine.driver.read(plan, params, scope)
  return observed({ signals: engine.signals, scope, plan }, () =>
    engine.driver.read(plan, params, scope),
  )
}

/** Runs `work` in the transaction, or in one of its own. */
export function write<T>(
  context: Context,
  work: (connection: Connection) => MaybePromise<T>,
): MaybePromise<T> {
  const { engine, transaction, scope } = context
  if (!transaction) return engine.driver.transaction(work, scope)
  const { pending, connection } = transaction
  return pending ? pending.then(() => write(context, work)) : work(connection)
}

/** Runs `work` so that a failure undoes all of it: in a transaction, by a savepoint of its own. */
export function writeWhole<T>(
  context: Context,
  work: (connection: Connection) => MaybePromise<T>,
): MaybePromise<T> {
  const { transaction } = context
  if (!transaction) return write(context, work)
  return write(context, (connection) => {
    const whole = connection.savepoint(async (inner) => work(inner))
    const done = () => {
      transaction.pending = undefined
    }
    transaction.pending = whole.then(done, done)
    return whole
  })
}

/** Runs one statement of a transaction. */
export function run(
  context: Context,
  connection: Connection,
  { plan, params }: { plan: Plan; params: readonly StoredValue[] },
): MaybePromise<Result> {
  const { scope, engine } = context
  assertNotAborted(scope)
  if (!engine.signals.spans) return connection.run(plan, params)
  return observed({ signals: engine.signals, scope, plan }, () => connection.run(plan, params))
}

interface NewPlan {
  readonly sql: string
  readonly verb: Verb
  readonly model: Model
  readonly returns: boolean
  readonly single?: boolean
}

/** Compiles a statement whose shape was not in the cache. */
export function addPlan(
  { plans, driver }: Engine,
  key: string,
  { sql, verb, model, returns, single = false }: NewPlan,
): Plan {
  const plan = createPlan(sql, {
    verb,
    table: model.name,
    system: driver.dialect.name,
    returns,
    single,
    bigints: returns && model.bigints,
  })
  return plans.add(key, plan)
}
