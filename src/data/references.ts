import { PlinthError } from '../kernel/index.ts'
import { Parameters } from './compile-condition.ts'
import { type Context, modelOf } from './context.ts'
import type { Connection, MaybePromise, StoredValue } from './driver.ts'
import { missingReference } from './errors.ts'
import { chain, chainEach } from './maybe-promise.ts'
import type { Model } from './model.ts'
import { allowed, type ModelCondition } from './rules.ts'
import { exists } from './select.ts'
import type { GivenReference } from './values.ts'
import { sqlOf, whereOf } from './where.ts'

/**
 * Checks that every row the caller refers to is one the caller may read. A hidden row fails with the
 * error of a missing one, so that ids cannot be tried out.
 */
export function checkReferences(
  context: Context,
  connection: Connection,
  given: readonly GivenReference[],
): MaybePromise<void> {
  const checked = new Set<string>()
  return chainEach(given, ({ column, id }) => {
    const { reference, name } = column
    const key = `${name} ${id}`
    if (!reference || checked.has(key)) return
    checked.add(key)
    const parent = modelOf(context.engine, reference.table)
    const rule = allowed(parent, 'read', context.subject)
    if (rule === false) throw missingReference()
    if (rule !== true) return checkReference(context, connection, { parent, rule, id })
  })
}

function checkReference(
  context: Context,
  connection: Connection,
  { parent, rule, id }: { parent: Model; rule: ModelCondition; id: StoredValue },
): MaybePromise<void> {
  const parameters = new Parameters(context.engine.driver.dialect)
  const key = `${parent.key.sql} = ${parameters.bind(id)}`
  const where = whereOf([key, sqlOf(context, rule, parameters)])
  const found = exists(context, connection, { model: parent, where, parameters })
  return chain(found, (visible) => {
    if (!visible) throw missingReference()
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
