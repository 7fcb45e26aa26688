import { type Actor, isAborted, misuse, type Scope, type TraceContext } from '../kernel/index.ts'
import { aggregate } from './aggregate.ts'
import { assertUsable, type Context, type OpenTransaction, SYSTEM } from './context.ts'
import { create, createMany } from './creates.ts'
import { deleteMany, deleteOne } from './deletes.ts'
import type { Handle, TransactionOptions } from './handle.ts'
import { list } from './list.ts'
import type { Page } from './list-query.ts'
import { observedTransaction } from './observed-transaction.ts'
import { count, exists, first, get } from './reads.ts'
import type { ShapeQuery } from './shape.ts'
import type { Isolation, StoreTransaction, StoreTransactionOptions } from './store.ts'
import { stream } from './stream.ts'
import type { AnyTable } from './table.ts'
import { update, updateMany } from './updates.ts'
import { upsert } from './upsert.ts'

type Row = Record<string, unknown>

/** The verbs bound to a subject, a scope and perhaps a transaction. */
export function createHandle(context: Context): Handle {
  // The verbs read and write rows by the very table that the caller names: its columns' schemas and
  // kinds are what `Handle` computes the types of rows from.
  return new BoundHandle(context) as unknown as Handle
}

/** What a handle is bound to; undefined for what is no handle. Only for this folder: it is the way past all policies. */
export function contextOf(handle: unknown): Context | undefined {
  return BoundHandle.contextOf(handle)
}

class BoundHandle {
  readonly #context: Context

  static contextOf(handle: unknown): Context | undefined {
    return typeof handle === 'object' && handle !== null && #context in handle
      ? handle.#context
      : undefined
  }

  constructor(context: Context) {
    this.#context = context
  }

  async get(table: AnyTable, id: string, query?: ShapeQuery): Promise<Row | null> {
    return get(this.#context, table, { id, query })
  }

  async first(table: AnyTable, query?: object): Promise<Row | null> {
    return first(this.#context, table, query)
  }

  async list(table: AnyTable, query?: object): Promise<Page<Row>> {
    return list(this.#context, table, query)
  }

  stream(table: AnyTable, query?: object): AsyncGenerator<Row, void, undefined> {
    return stream(this.#context, table, query)
  }

  async count(table: AnyTable, where?: unknown): Promise<number> {
    return count(this.#context, table, where)
  }

  async exists(table: AnyTable, where?: unknown): Promise<boolean> {
    return exists(this.#context, table, where)
  }

  async aggregate(table: AnyTable, query: unknown): Promise<Row[]> {
    return aggregate(this.#context, table, query)
  }

  async create(table: AnyTable, values: unknown): Promise<Row> {
    return create(this.#context, table, values)
  }

  async createMany(table: AnyTable, values: unknown): Promise<Row[]> {
    return createMany(this.#context, table, values)
  }

  async upsert(table: AnyTable, values: unknown, options: unknown): Promise<Row> {
    return upsert(this.#context, table, values, options)
  }

  async update(table: AnyTable, id: string, patch: unknown, where?: unknown): Promise<Row | null> {
    return update(this.#context, table, { id, patch, where })
  }

  async updateMany(table: AnyTable, where: unknown, patch: unknown): Promise<number> {
    return updateMany(this.#context, table, { where: required(where), patch })
  }

  async delete(table: AnyTable, id: string, where?: unknown): Promise<boolean> {
    return deleteOne(this.#context, table, { id, where })
  }

  async deleteMany(table: AnyTable, where: unknown): Promise<number> {
    return deleteMany(this.#context, table, required(where))
  }

  async transaction<T>(
    work: (tx: Handle) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const context = this.#context
    assertUsable(context)
    const { transaction, engine, scope } = context
    const readOnly = transaction?.readOnly ?? options.readOnly ?? false
    if (!transaction) {
      const isolation = isolationFor(context, options)
      // Member by member: a scope may have getters, and a spread would lose them.
      const { trace, signal } = scope ?? {}
      const asked = { trace, signal, ...options, ...isolation }
      if (engine.signals.spans) return runObserved(context, asked, work)
      const within = (store: StoreTransaction) => runWithin(context, { store, readOnly }, work)
      return engine.store.transaction(within, asked)
    }
    assertNested(options)
    while (transaction.pending) await transaction.pending
    return transaction.store.savepoint((store) => runWithin(context, { store, readOnly }, work))
  }

  afterCommit(hook: () => void | Promise<void>): void {
    const { transaction, engine, scope } = this.#context
    assertUsable(this.#context)
    if (transaction) {
      transaction.store.afterCommit(hook)
      return
    }
    const failed = (error: unknown) =>
      engine.signals.log({
        level: 'error',
        event: 'data.hook_failed',
        message: 'An after-commit hook failed.',
        error,
        trace: scope?.trace,
      })
    new Promise<void>((resolve) => resolve(hook())).catch(failed)
  }

  as(actor: Actor | null): Handle {
    return createHandle({ ...this.#context, subject: checkActor(actor) })
  }

  get system(): Handle {
    return createHandle({ ...this.#context, subject: SYSTEM })
  }
}

/** The same, where somebody listens: what happens within it is part of its span. */
async function runObserved<T>(
  context: Context,
  options: StoreTransactionOptions,
  work: (tx: Handle) => Promise<T>,
): Promise<T> {
  const { engine, scope } = context
  const { signals, store } = engine
  const { trace: parent, readOnly = false } = options
  const isolation = options.isolation ?? store.capabilities.isolation[0]
  const subject = { signals, parent, system: store.name, isolation, readOnly }
  return observedTransaction(subject, (span) => {
    const { trace } = span
    const inner = { ...context, scope: new InnerScope(scope, trace) }
    const within = (given: StoreTransaction) => {
      span.attempts += 1
      return runWithin(inner, { store: given, readOnly }, work)
    }
    return store.transaction(within, { ...options, trace })
  })
}

/**
 * A scope within another, with a trace of its own. The other's signal is made when it is asked for. A class, since
 * getters of a literal would give each one a shape of its own, which everything that reads it pays for.
 */
class InnerScope implements Scope {
  readonly trace: TraceContext
  readonly #outer: Scope | undefined

  constructor(outer: Scope | undefined, trace: TraceContext) {
    this.trace = trace
    this.#outer = outer
  }

  get signal(): AbortSignal | undefined {
    return this.#outer?.signal
  }

  get aborted(): boolean {
    return this.#outer !== undefined && isAborted(this.#outer)
  }
}

async function runWithin<T>(
  context: Context,
  of: Pick<OpenTransaction, 'store' | 'readOnly'>,
  work: (tx: Handle) => Promise<T>,
): Promise<T> {
  const transaction: OpenTransaction = { ...of, open: true }
  try {
    return await work(createHandle({ ...context, transaction }))
  } finally {
    transaction.open = false
  }
}

/** From weak to strong. */
const LEVELS: readonly Isolation[] = ['read committed', 'repeatable read', 'serializable']

/** The level asked for, or the next stronger one that the store has. */
function isolationFor(
  { engine }: Context,
  { isolation }: TransactionOptions,
): { readonly isolation?: Isolation } {
  if (isolation === undefined) return {}
  const { name, capabilities } = engine.store
  const asked = LEVELS.indexOf(isolation)
  const found = LEVELS.find((level, at) => at >= asked && capabilities.isolation.includes(level))
  if (asked >= 0 && found) return { isolation: found }
  const known = capabilities.isolation.join(', ')
  throw misuse('transaction', `isolation "${isolation}" is not one of ${name}; expected ${known}`)
}

/** A nested transaction is part of its outer one: it cannot have another isolation or deadline. */
function assertNested(options: TransactionOptions): void {
  const given = Object.keys(options)
  if (given.length === 0) return
  throw misuse('transaction', `${given.join(', ')}: only the outermost one has these options`)
}

/** Bulk writes say which rows they mean, if only by `{}`: a forgotten argument is not all of them. */
function required(where: unknown): unknown {
  if (where !== undefined) return where
  throw misuse('where', 'expected a filter, got undefined; {} means all rows')
}

/** An actor, or nobody. What is neither must not pass for one of them. */
export function checkActor(actor: Actor | null): Actor | null {
  if (actor === null) return actor
  const { id, roles } = (actor ?? {}) as Partial<Actor>
  if (typeof id !== 'string' || id === '') {
    const got = actor === undefined ? 'undefined' : `an id of ${JSON.stringify(id)}`
    throw misuse('as()', `expected an actor with an id, or null for nobody; got ${got}`)
  }
  if (!Array.isArray(roles)) throw misuse('as()', 'expected the actor to have an array of roles')
  return actor
}
