import {
  type Actor,
  type Clock,
  isAborted,
  misuse,
  type Scope,
  type Signals,
} from '../kernel/index.ts'
import type { RowChange } from './change.ts'
import { aborted } from './errors.ts'
import type { Model, Models } from './model.ts'
import { observed, type SpanNames, type Verb } from './observed.ts'
import type { Delete, Insert, Read, Select, Update } from './query.ts'
import type { Store, StoreTransaction, Updated } from './store.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise, NamedRow, StoredRow } from './value.ts'
import type { Watch } from './watch.ts'

/** Past all policies. A symbol of its own, so that no missing or mistyped actor can mean it. */
export const SYSTEM: unique symbol = Symbol('system')

/** On whose behalf queries run. */
export type Subject = Actor | null | typeof SYSTEM

/** What all handles of a database share. */
export interface Engine {
  readonly store: Store
  readonly models: Models
  readonly signals: Signals
  readonly spanNames: SpanNames
  readonly clock: Clock
  readonly nextId: () => string
  /** The tables whose changes somebody is told of; undefined where nobody is. */
  readonly watches?: ReadonlyMap<Model, Watch> | undefined
  /** Is told of a change; the context is in its transaction. */
  readonly onChange?: ((change: RowChange, context: Context) => void) | undefined
}

export interface OpenTransaction {
  readonly store: StoreTransaction
  /** Whether writes are refused. */
  readonly readOnly?: boolean
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
  if (!transaction) engine.store.assertOutside()
  else if (!transaction.open) {
    throw misuse('transaction', 'its handle was used after it had ended; await all work inside')
  }
  assertNotAborted(scope)
}

function assertNotAborted(scope: Scope | undefined): void {
  if (scope && isAborted(scope)) throw aborted(scope.signal)
}

/** Runs a query that reads: in the transaction, or on what is committed. */
export function read(context: Context, query: Read): MaybePromise<readonly StoredRow[]> {
  const { engine, transaction, scope } = context
  if (transaction) {
    const { pending, store } = transaction
    if (pending) return pending.then(() => read(context, query))
    return readIn(context, store, query)
  }
  if (!engine.signals.spans) return engine.store.read(query, scope)
  return observe(context, query.model, 'select', () => engine.store.read(query, scope))
}

/** Whether rows can be read as objects: not in transactions, of which few are long lists. */
export function readsNamed({ engine, transaction }: Context): boolean {
  return !transaction && engine.store.readNamed !== undefined
}

/** Runs a query for whole rows that are objects, where `readsNamed` says so. */
export function readNamed(context: Context, query: Select): MaybePromise<NamedRow[]> {
  const { engine, scope } = context
  const { store, signals } = engine
  const run = () => store.readNamed?.(query, scope) ?? []
  return signals.spans ? observe(context, query.model, 'select', run) : run()
}

/** The same in a transaction that is at hand. */
export function readIn(
  context: Context,
  store: StoreTransaction,
  query: Read,
): MaybePromise<readonly StoredRow[]> {
  return run(context, query.model, 'select', () => store.read(query))
}

export function insertIn(
  context: Context,
  store: StoreTransaction,
  query: Insert,
): MaybePromise<void> {
  return run(context, query.model, 'insert', () => store.insert(query), query.rows.length)
}

export function updateIn(
  context: Context,
  store: StoreTransaction,
  query: Update,
): MaybePromise<Updated> {
  return run(context, query.model, 'update', () => store.update(query))
}

export function deleteIn(
  context: Context,
  store: StoreTransaction,
  query: Delete,
): MaybePromise<number> {
  return run(context, query.model, 'delete', () => store.delete(query))
}

/** Runs `work` in the transaction, or in one of its own. */
export function write<T>(
  context: Context,
  work: (store: StoreTransaction) => MaybePromise<T>,
): MaybePromise<T> {
  const { engine, transaction, scope } = context
  if (!transaction) return engine.store.transaction(work, scope)
  const { pending, store, readOnly } = transaction
  if (readOnly)
    throw misuse('transaction', 'it is read-only; leave out readOnly for one that writes')
  return pending ? pending.then(() => write(context, work)) : work(store)
}

/** Runs `work` so that a failure undoes all of it: in a transaction, by a savepoint of its own. */
export function writeWhole<T>(
  context: Context,
  work: (store: StoreTransaction) => MaybePromise<T>,
): MaybePromise<T> {
  const { transaction } = context
  if (!transaction) return write(context, work)
  return write(context, (store) => {
    const whole = store.savepoint(async (inner) => work(inner))
    const done = () => {
      transaction.pending = undefined
    }
    transaction.pending = whole.then(done, done)
    return whole
  })
}

function run<T>(
  context: Context,
  model: Model,
  verb: Verb,
  work: () => MaybePromise<T>,
  batch = 1,
): MaybePromise<T> {
  assertNotAborted(context.scope)
  return context.engine.signals.spans ? observe(context, model, verb, work, batch) : work()
}

function observe<T>(
  { engine, scope }: Context,
  model: Model,
  verb: Verb,
  work: () => MaybePromise<T>,
  batch = 1,
): MaybePromise<T> {
  const { signals, spanNames, store } = engine
  const span = () => spanNames.of(model, verb, store.latest?.())
  return observed({ signals, scope, span, batch }, work)
}
