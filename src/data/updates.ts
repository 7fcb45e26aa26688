import { assume, conditionOf } from './assume.ts'
import { both } from './condition.ts'
import { begin, type Context, read, readIn, write, writeWhole } from './context.ts'
import { invalidValues, missingReference, versionConflict } from './errors.ts'
import { fieldsSeenBy, settable } from './fields.ts'
import { chain, chainEach } from './maybe-promise.ts'
import { type Field, type Model, type ModelColumn, type QueryCondition, toRow } from './model.ts'
import type { Change } from './query.ts'
import { type AnyRow, anyRow, countRows } from './reads.ts'
import { checkReferences, translated } from './references.ts'
import { forbidden } from './ruling.ts'
import type { StoreTransaction } from './store.ts'
import type { AnyTable } from './table.ts'
import { type Target, targetOf } from './targets.ts'
import type { MaybePromise, StoredRow, StoredValue } from './value.ts'
import { generate, readPatch, type StoredPatch } from './values.ts'
import { equals, hasKey } from './where.ts'
import { updateRows } from './writes.ts'

/** A change to rows, with all that was found out about it before it runs. */
interface Alteration {
  readonly target: Target
  readonly patch: StoredPatch
  readonly changes: ReadonlyMap<ModelColumn, Change>
  /** What must hold for a row as it becomes, said of the row as it is; true where nothing is left to ask. */
  readonly after: QueryCondition | boolean
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
  const may = settable(model, patch.set, context.subject)
  if (!target) return null
  if (patch.changes.size === 0) return readUnchanged(context, target, patch)
  return write(context, (store) =>
    chain(checkReferences(context, store, patch.given), () =>
      chain(alterations(context, store, { target, patch, may }), ([alteration]) =>
        alteration ? updateOne(context, store, alteration) : null,
      ),
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
  const may = settable(model, patch.set, context.subject)
  if (patch.expected !== undefined) {
    const path = model.version?.name ?? ''
    throw invalidValues([{ path, message: 'A version is that of one row; use update().' }])
  }
  if (!target) return 0
  if (patch.changes.size === 0) return countRows(context, model, target.where)
  // Where each row has an update of its own, those that succeeded are undone with the one that fails.
  const run = patch.generated.length === 0 ? write : writeWhole
  return run(context, (store) =>
    chain(checkReferences(context, store, patch.given), () =>
      chain(alterations(context, store, { target, patch, may }), (all) =>
        updateAll(context, store, all),
      ),
    ),
  )
}

/**
 * The alterations that a patch comes to: one for all rows, or where values are computed from those
 * that a row has, one for each row.
 */
function alterations(
  context: Context,
  store: StoreTransaction,
  meant: { target: Target; patch: StoredPatch; may: true | QueryCondition },
): MaybePromise<readonly Alteration[]> {
  const { target, patch } = meant
  const { model, where } = target
  if (patch.generated.length === 0) return [alteration(meant, target, patch.changes)]
  const query = { type: 'select', model, fields: model.fields, where, lock: true } as const
  return chain(readIn(context, store, query), (rows) =>
    rows.map((row) => {
      const key = hasKey(model, row[model.key.position] ?? null)
      const one = { ...target, where: both(where, key), single: true }
      return alteration(meant, one, withGenerated(model, patch, row))
    }),
  )
}

function alteration(
  { patch, may }: { patch: StoredPatch; may: true | QueryCondition },
  target: Target,
  changes: ReadonlyMap<ModelColumn, Change>,
): Alteration {
  const known = (column: ModelColumn): StoredValue | undefined => {
    const change = changes.get(column)
    return isAddition(change) ? undefined : change
  }
  // The rule as such holds already, for the row as it was: it is part of the target.
  const touched = target.rule !== true && dependsOn(target.rule, changes)
  const rule = touched ? assume(target.rule as QueryCondition, known) : true
  const set = may === true ? true : assume(may, known)
  const after = rule === true ? set : set === true ? rule : allOf(rule, set)
  return { target, patch, changes, after }
}

function allOf(a: QueryCondition | false, b: QueryCondition | false): QueryCondition | false {
  return a === false || b === false ? false : { type: 'all', items: [a, b] }
}

function withGenerated(
  model: Model,
  { changes, generated }: StoredPatch,
  row: StoredRow,
): ReadonlyMap<ModelColumn, Change> {
  const values = [...row]
  for (const [{ position }, change] of changes) {
    values[position] = isAddition(change) ? Number(row[position]) + change.add : change
  }
  generate(generated, { model, values })
  const all = new Map(changes)
  for (const column of generated) all.set(column, values[column.position] ?? null)
  return all
}

/**
 * The rule for the row as it becomes is part of the same update: what it says of the changed columns
 * is decided beforehand, and the rest it asks of the row. So nothing is written that would have to be
 * taken back; only when no row was changed is it asked why.
 */
function updateOne(
  context: Context,
  store: StoreTransaction,
  alteration: Alteration,
): MaybePromise<AnyRow | null> {
  const { target, changes, after } = alteration
  const { model } = target
  const returning = fieldsSeenBy(model, context.subject)
  const where = both(atVersion(alteration), after === true ? undefined : conditionOf(after))
  const query = { model, where, changes, returning, single: true }
  return chain(
    translated(() => updateRows(context, store, query), missingReference),
    ({ rows: [row] }) => {
      if (row) return toRow(returning, row)
      return chain(assertNoneForbidden(context, store, alteration), () =>
        chain(assertVersion(context, store, alteration), () => null),
      )
    },
  )
}

/** All of them or, where the rule forbids what one of them would become, none. */
function updateAll(
  context: Context,
  store: StoreTransaction,
  all: readonly Alteration[],
): MaybePromise<number> {
  let count = 0
  const forbidden = chainEach(all, (alteration) => assertNoneForbidden(context, store, alteration))
  return chain(forbidden, () =>
    chain(
      chainEach(all, ({ target: { model, where, single }, changes, after }) => {
        const left = both(where, after === true ? undefined : conditionOf(after))
        const query = { model, where: left, changes, single }
        const done = translated(() => updateRows(context, store, query), missingReference)
        return chain(done, (updated) => {
          count += updated.count
        })
      }),
      () => count,
    ),
  )
}

/** Throws `denied` when a row that is meant would break a rule by becoming what the patch says. */
function assertNoneForbidden(
  context: Context,
  store: StoreTransaction,
  { target, after }: Alteration,
): MaybePromise<void> {
  if (after === true) return
  const { model } = target
  const broken = after === false ? undefined : ({ type: 'not', item: after } as const)
  const found = readIn(context, store, anyRow(model, both(target.where, broken)))
  return chain(found, (rows) => {
    if (rows.length > 0) throw forbidden(context, model, 'update')
  })
}

/** Throws `version_conflict` when the row is there and has another version than the patch was made from. */
function assertVersion(
  context: Context,
  store: StoreTransaction,
  { target: { model, where }, patch: { expected } }: Pick<Alteration, 'target' | 'patch'>,
): MaybePromise<void> {
  if (expected === undefined || !model.version) return
  const fields = [model.fieldOf.get(model.version.name) as Field]
  const query = { type: 'select', model, fields, where, single: true } as const
  return chain(readIn(context, store, query), ([row]) => {
    const actual = row?.[0]
    if (typeof actual === 'number' && actual !== expected) throw versionConflict(expected, actual)
  })
}

function atVersion({
  target: { model, where },
  patch: { expected },
}: Pick<Alteration, 'target' | 'patch'>): QueryCondition | undefined {
  if (expected === undefined || !model.version) return where
  return both(where, equals(model.fieldOf.get(model.version.name) as Field, expected))
}

function dependsOn(condition: QueryCondition, changes: ReadonlyMap<ModelColumn, Change>): boolean {
  switch (condition.type) {
    case 'compare':
      return changes.has(condition.field.column)
    case 'related':
      return changes.has(condition.relation.local)
    case 'not':
      return dependsOn(condition.item, changes)
    default:
      return condition.items.some((item) => dependsOn(item, changes))
  }
}

function isAddition(change: Change | undefined): change is { readonly add: number } {
  return typeof change === 'object' && change !== null && 'add' in change
}

/** A patch without changes reads the row; the version that it expects counts all the same. */
function readUnchanged(
  context: Context,
  target: Target,
  patch: StoredPatch,
): MaybePromise<AnyRow | null> {
  const { model } = target
  const seen = fieldsSeenBy(model, context.subject)
  const fields = model.version ? [...seen, model.fieldOf.get(model.version.name) as Field] : seen
  const { where } = target
  return chain(read(context, { type: 'select', model, fields, where, single: true }), ([row]) => {
    if (!row) return null
    const { expected } = patch
    const actual = Number(row.at(-1))
    if (expected !== undefined && actual !== expected) throw versionConflict(expected, actual)
    return toRow(seen, row)
  })
}
