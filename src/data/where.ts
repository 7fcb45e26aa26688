import { misuse } from '../kernel/index.ts'
import { compileCondition, NEVER, type Parameters } from './compile-condition.ts'
import type { Context } from './context.ts'
import type { Model } from './model.ts'
import { type Allowed, readWhere } from './rules.ts'
import { isStorableText } from './stored.ts'

/** Reads the filter of a caller who need not give one. */
export function optionalWhere(model: Model, where: unknown): Allowed {
  return where === undefined ? true : readWhere(model, where)
}

/** Writes a condition as SQL; empty where all rows are meant. */
export function sqlOf(context: Context, condition: Allowed, parameters: Parameters): string {
  if (typeof condition === 'boolean') return condition ? '' : NEVER
  return compileCondition(condition, { dialect: context.engine.driver.dialect, parameters })
}

/** The WHERE of all the parts that are not empty. */
export function whereOf(parts: readonly string[]): string {
  let sql = ''
  for (const part of parts) if (part) sql += (sql ? ' AND ' : ' WHERE ') + part
  return sql
}

/** No row has a key that cannot be stored: nothing is found, as for any other unknown id. */
export function isPossibleKey(model: Model, id: unknown): id is string {
  if (typeof id === 'string') return isStorableText(id)
  throw misuse(
    `table("${model.name}")`,
    `expected an id, a string; got ${id === null ? null : typeof id}`,
  )
}
