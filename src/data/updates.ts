import { ALWAYS, compileCondition, NEVER, Parameters } from './compile-condition.ts'
import { columnsOf } from './condition.ts'
import { addPlan, begin, type Context, read, run, write } from './context.ts'
import type { Connection, MaybePromise } from './driver.ts'
import { denied, missingReference } from './errors.ts'
import { chain } from './maybe-promise.ts'
import { toRow } from './model.ts'
import type { Plan } from './plan.ts'
import { checkReferences, translated } from './references.ts'
import { type AnyRow, countRows, exists, firstRow, selectOnePlan } from './select.ts'
import type { AnyTable } from './table.ts'
import { type Target, targetOf, targetSql } from './targets.ts'
import { readPatch, type StoredPatch } from './values.ts'

/** A change to rows, with all that was found out about it before it runs. */
interface Change {
  readonly target: Target
  readonly patch: StoredPatch
}

export function update(
  context: Context,
  table: AnyTable,
  options: { id: string; patch: unknown; where: unknown },
): MaybePromise<AnyRow | null> {
  const model = begin(context, table)
  const { id, where } = options
  const target = targetOf(context, model, { operation: 'update', id, where })
  const patch = readPatch(context, model, options.patch)
  if (!target) return null
  if (patch.changes.size === 0) return readUnchanged(context, target)
  return write(context, (connection) =>
    chain(checkReferences(context, connection, patch.given), () =>
      updateOne(context, connection, { target, patch }),
    ),
  )
}

export function updateMany(
  context: Context,
  table: AnyTable,
  options: { where: unknown; patch: unknown },
): MaybePromise<number> {
  const model = begin(context, table)
  const target = targetOf(context, model, { operation: 'update', where: options.where })
  const patch = readPatch(context, model, options.patch)
  if (!target) return 0
  if (patch.changes.size === 0) return countUnchanged(context, target)
  return write(context, (connection) =>
    chain(checkReferences(context, connection, patch.given), () =>
      updateAll(context, connection, { target, patch }),
    ),
  )
}

/**
 * The rule for the row as it becomes is part of the same statement: what it says of the changed
 * columns is decided beforehand, and the rest it asks of the row. So nothing is written that would
 * have to be taken back; only when no row was changed is it asked why.
 */
function updateOne(
  context: Context,
  connection: Connection,
  change: Change,
): MaybePromise<AnyRow | null> {
  const { model } = change.target
  const { sql, parameters } = updateSql(context, change)
  const plan = updatePlan(context, change, { sql, returns: true })
  const statement = { plan, params: parameters.values }
  const send = () => run(context, connection, statement)
  return chain(translated(send, missingReference), ({ rows }) => {
    const [row] = rows
    if (row) return toRow(model, row)
    return chain(assertNoneForbidden(context, connection, change), () => null)
  })
}

function updateAll(context: Context, connection: Connection, change: Change): MaybePromise<number> {
  return chain(assertNoneForbidden(context, connection, change), () => {
    const { sql, parameters } = updateSql(context, change)
    const plan = updatePlan(context, change, { sql, returns: false })
    const statement = { plan, params: parameters.values }
    const send = () => run(context, connection, statement)
    return chain(translated(send, missingReference), ({ changes }) => changes)
  })
}

function updateSql(
  context: Context,
  { target, patch }: Change,
): { sql: string; parameters: Parameters } {
  const parameters = new Parameters(context.engine.driver.dialect)
  const sets: string[] = []
  for (const [name, value] of patch.changes) {
    sets.push(`${target.model.byName.get(name)?.sql} = ${parameters.bind(value)}`)
  }
  const where = targetSql(context, target, parameters)
  const after = ruleAfter(context, { target, patch }, { parameters, negated: false })
  const tail = after === ALWAYS ? where : `${where}${where ? ' AND ' : ' WHERE '}${after}`
  return { sql: `UPDATE ${target.model.sql} SET ${sets.join(', ')}${tail}`, parameters }
}

/** Throws `denied` when a row that is meant would break the rule by becoming what the patch says. */
function assertNoneForbidden(
  context: Context,
  connection: Connection,
  change: Change,
): MaybePromise<void> {
  const { target } = change
  const parameters = new Parameters(context.engine.driver.dialect)
  const meant = targetSql(context, target, parameters)
  const broken = ruleAfter(context, change, { parameters, negated: true })
  if (broken === NEVER) return
  const where = `${meant}${meant ? ' AND ' : ' WHERE '}${broken}`
  const { model } = target
  return chain(exists(context, connection, { model, where, parameters }), (found) => {
    if (found) throw denied('update', model.name)
  })
}

/** What the rule asks of the row as it is, so that it will hold for the row as it becomes. */
function ruleAfter(
  { engine }: Context,
  { target, patch }: Change,
  { parameters, negated }: { parameters: Parameters; negated: boolean },
): string {
  const { rule } = target
  const touched = rule !== true && [...columnsOf(rule)].some((name) => patch.changes.has(name))
  if (!touched) return negated ? NEVER : ALWAYS
  const { dialect } = engine.driver
  const condition = negated ? { type: 'not' as const, item: rule } : rule
  return compileCondition(condition, { dialect, parameters, known: patch.changes })
}

function updatePlan(
  { engine }: Context,
  { target }: Change,
  { sql, returns }: { sql: string; returns: boolean },
): Plan {
  const { model } = target
  const key = returns ? `${sql} RETURNING` : sql
  return (
    engine.plans.get(key) ??
    addPlan(engine, key, {
      verb: 'update',
      model,
      returns,
      sql: returns ? `${key} ${model.columnList}` : sql,
    })
  )
}

function readUnchanged(context: Context, target: Target): MaybePromise<AnyRow | null> {
  const { model } = target
  const parameters = new Parameters(context.engine.driver.dialect)
  const plan = selectOnePlan(context, model, targetSql(context, target, parameters))
  return chain(read(context, plan, parameters.values), (result) => firstRow(model, result))
}

function countUnchanged(context: Context, target: Target): MaybePromise<number> {
  const parameters = new Parameters(context.engine.driver.dialect)
  const tail = targetSql(context, target, parameters)
  return countRows(context, target.model, { tail, parameters })
}
