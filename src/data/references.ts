import { PlinthError } from '../kernel/index.ts'
import { both } from './condition.ts'
import { type Context, modelOf, readIn } from './context.ts'
import { missingReference } from './errors.ts'
import { chain, chainEach } from './maybe-promise.ts'
import type { Field, Model, ModelColumn, QueryCondition } from './model.ts'
import { rulingOn } from './ruling.ts'
import type { StoreTransaction } from './store.ts'
import type { MaybePromise, StoredValue } from './value.ts'
import type { GivenReference } from './values.ts'
import { isOneOf } from './where.ts'

/**
 * Checks that every row the caller refers to is one the caller may read, by one query for each column
 * that refers. A hidden row fails with the error of a missing one, so that ids cannot be tried out.
 */
export function checkReferences(
  context: Context,
  store: StoreTransaction,
  given: readonly GivenReference[],
): MaybePromise<void> {
  if (given.length === 0) return
  const byColumn = new Map<ModelColumn, Set<StoredValue>>()
  for (const { column, id } of given) {
    const ids = byColumn.get(column)
    if (ids) ids.add(id)
    else byColumn.set(column, new Set([id]))
  }
  return chainEach([...byColumn], ([{ reference }, ids]) => {
    if (!reference) return
    const parent = modelOf(context.engine, reference.table)
    const rule = rulingOn(context, parent, 'read')
    if (rule === false) throw missingReference()
    if (rule !== true) return checkVisible(context, store, { parent, rule, ids: [...ids] })
  })
}

function checkVisible(
  context: Context,
  store: StoreTransaction,
  { parent, rule, ids }: { parent: Model; rule: QueryCondition; ids: readonly StoredValue[] },
): MaybePromise<void> {
  const key = parent.fieldOf.get(parent.key.name) as Field
  const where = both(isOneOf(key, ids), rule)
  const query = { type: 'select', model: parent, fields: [key], where } as const
  return chain(readIn(context, store, query), (rows) => {
    if (rows.length < ids.length) throw missingReference()
  })
}

/** Gives the error of a broken reference its public form: the one that `fault` makes. */
export function translated<T>(
  work: () => MaybePromise<T>,
  fault: (cause: unknown) => Error,
): MaybePromise<T> {
  const fail = (error: unknown): never => {
    const broken = error instanceof PlinthError && error.code === 'invalid_reference'
    throw broken ? fault(error) : error
  }
  try {
    const result = work()
    return result instanceof Promise ? result.catch(fail) : result
  } catch (error) {
    return fail(error)
  }
}
