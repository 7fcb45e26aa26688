import { type Actor, misuse } from '../kernel/index.ts'
import { assertUsable, type Context, type OpenTransaction, SYSTEM } from './context.ts'
import { create, createMany } from './creates.ts'
import { deleteMany, deleteOne } from './deletes.ts'
import type { Connection } from './driver.ts'
import type { Filter } from './filter.ts'
import type { FirstQuery, Handle, ListQuery, Page, TransactionOptions } from './handle.ts'
import { list } from './list.ts'
import { count, first, get } from './reads.ts'
import type { AnyTable, Insert, Patch, Row } from './table.ts'
import { update, updateMany } from './updates.ts'

/** The verbs bound to a subject, a scope and perhaps a transaction. */
export class BoundHandle implements Handle {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  // The verbs below read rows by the very table that `T` names: its columns' schemas and kinds are
  // what `Row<T>` is computed from.

  async get<T extends AnyTable>(table: T, id: string): Promise<Row<T> | null> {
    return get(this.#context, table, id) as Promise<Row<T> | null>
  }

  async first<T extends AnyTable>(table: T, query?: FirstQuery<T>): Promise<Row<T> | null> {
    return first(this.#context, table, query) as Promise<Row<T> | null>
  }

  async list<T extends AnyTable>(table: T, query?: ListQuery<T>): Promise<Page<Row<T>>> {
    return list(this.#context, table, query) as Promise<Page<Row<T>>>
  }

  async count<T extends AnyTable>(table: T, where?: Filter<Row<T>>): Promise<number> {
    return count(this.#context, table, where)
  }

  async create<T extends AnyTable>(table: T, values: Insert<T>): Promise<Row<T>> {
    return create(this.#context, table, values) as Promise<Row<T>>
  }

  async createMany<T extends AnyTable>(table: T, values: readonly Insert<T>[]): Promise<Row<T>[]> {
    return createMany(this.#context, table, values) as Promise<Row<T>[]>
  }

  async update<T extends AnyTable>(
    table: T,
    id: string,
    patch: Patch<T>,
    where?: Filter<Row<T>>,
  ): Promise<Row<T> | null> {
    return update(this.#context, table, { id, patch, where }) as Promise<Row<T> | null>
  }

  async updateMany<T extends AnyTable>(
    table: T,
    where: Filter<Row<T>>,
    patch: Patch<T>,
  ): Promise<number> {
    return updateMany(this.#context, table, { where: required(where), patch })
  }

  async delete<T extends AnyTable>(table: T, id: string, where?: Filter<Row<T>>): Promise<boolean> {
    return deleteOne(this.#context, table, { id, where })
  }

  async deleteMany<T extends AnyTable>(table: T, where: Filter<Row<T>>): Promise<number> {
    return deleteMany(this.#context, table, required(where))
  }

  async transaction<T>(
    work: (tx: Handle) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const context = this.#context
    assertUsable(context)
    const { transaction, engine, scope } = context
    const within = (connection: Connection) => runWithin(context, connection, work)
    if (!transaction) {
      // Member by member: a scope may have getters, and a spread would lose them.
      const { trace, signal } = scope ?? {}
      return engine.driver.transaction(within, { trace, signal, ...options })
    }
    while (transaction.pending) await transaction.pending
    return transaction.connection.savepoint(within)
  }

  afterCommit(hook: () => void | Promise<void>): void {
    const { transaction, engine } = this.#context
    assertUsable(this.#context)
    if (transaction) {
      transaction.connection.afterCommit(hook)
      return
    }
    const failed = (error: unknown) =>
      engine.signals.log({ level: 'error', message: 'An after-commit hook failed.', error })
    new Promise<void>((resolve) => resolve(hook())).catch(failed)
  }

  as(actor: Actor | null): Handle {
    return new BoundHandle({ ...this.#context, subject: checkActor(actor) })
  }

  get system(): Handle {
    return new BoundHandle({ ...this.#context, subject: SYSTEM })
  }
}

async function runWithin<T>(
  context: Context,
  connection: Connection,
  work: (tx: Handle) => Promise<T>,
): Promise<T> {
  const transaction: OpenTransaction = { connection, open: true }
  try {
    return await work(new BoundHandle({ ...context, transaction }))
  } finally {
    transaction.open = false
  }
}

/** Bulk writes say which rows they mean, if only by `{}`: a forgotten argument is not all of them. */
function required<T>(where: T | undefined): T {
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
