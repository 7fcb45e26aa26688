import { PlinthError } from '../kernel/index.ts'
import { isPlainObject } from './condition.ts'
import { begin, type Context, readIn, writeWhole } from './context.ts'
import { create } from './creates.ts'
import { invalidQuery } from './errors.ts'
import { settable } from './fields.ts'
import { chain } from './maybe-promise.ts'
import type { Field, Model, QueryCondition } from './model.ts'
import { checkQuery } from './query-options.ts'
import type { AnyRow } from './reads.ts'
import { allowed, bothAllowed } from './rules.ts'
import { callerScope } from './scope.ts'
import type { StoreTransaction } from './store.ts'
import type { AnyTable } from './table.ts'
import { update } from './updates.ts'
import type { MaybePromise } from './value.ts'
import { type NewRow, readInsert, readPatch } from './values.ts'

/**
 * Creates a row, or updates the one that has the same values in a unique key: each by its own rules,
 * in one transaction. A row with that key which the actor may not read or update is a `conflict`, the
 * same as for `create`.
 */
export function upsert(
  context: Context,
  table: AnyTable,
  values: unknown,
  options: unknown,
): MaybePromise<AnyRow> {
  const model = begin(context, table)
  checkQuery('upsert()', options, ['on', 'update'])
  const { on, update: given } = options as Record<string, unknown>
  const columns = readKey(model, on)
  const row = readInsert(context, model, values)
  const patch = given ?? patchOf(values, [...columns, model.key.name])
  // Refused before anything is looked up: a mistake does not tell whether the key is taken.
  settable(model, readPatch(context, model, patch).set, context.subject)
  const where = existing(context, model, { columns, row })
  if (!where) return create(context, table, values)
  return writeWhole(context, (store) => {
    const within = { ...context, transaction: { store, open: true } }
    return attempt(within, { model, store, where, values, patch })
  })
}

/**
 * What tells the row that is there for the caller: one with the same key, as far as the caller sees it,
 * that may be read and updated. Undefined where there cannot be one.
 */
function existing(
  { subject }: Context,
  model: Model,
  { columns, row }: { columns: readonly string[]; row: NewRow },
): QueryCondition | undefined {
  const scope = callerScope(model, subject)
  const keys: QueryCondition[] = []
  for (const name of columns) {
    // `readKey` found the column.
    const field = scope.field(name) as Field
    const value = row.values[field.column.position] ?? null
    // Null is never shared: no other row has such a key.
    if (value === null) return undefined
    const comparing = { type: 'compare', field, operator: 'eq', operand: value } as const
    keys.push(scope.compare?.(comparing) ?? comparing)
  }
  const may = bothAllowed(allowed(model, 'read', subject), allowed(model, 'update', subject))
  if (may === false) return undefined
  return { type: 'all', items: may === true ? keys : [...keys, may] }
}

interface Attempt {
  readonly model: Model
  readonly store: StoreTransaction
  /** What tells the row with the same key. */
  readonly where: QueryCondition
  readonly values: unknown
  readonly patch: unknown
}

/** Another transaction may create the row between the look and the insert: then it is updated. */
async function attempt(context: Context, meant: Attempt): Promise<AnyRow> {
  const there = await updateExisting(context, meant)
  if (there) return there
  try {
    return await meant.store.savepoint(async (store) =>
      create({ ...context, transaction: { store, open: true } }, meant.model.table, meant.values),
    )
  } catch (error) {
    if (!(error instanceof PlinthError && error.code === 'conflict')) throw error
    const late = await updateExisting(context, meant)
    if (late) return late
    throw error
  }
}

function updateExisting(
  context: Context,
  { model, store, where, patch }: Attempt,
): MaybePromise<AnyRow | null> {
  const key = model.fieldOf.get(model.key.name) as Field
  const query = { type: 'select', model, fields: [key], where, lock: true } as const
  return chain(readIn(context, store, query), ([row]) => {
    if (!row) return null
    return update(context, model.table, { id: String(row[0]), patch, where: undefined })
  })
}

/** The columns of a unique key of the table, or its primary key. */
function readKey({ table, key }: Model, on: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(on) ? on : []
  const keys = [[key.name], ...table.unique]
  const same = (list: readonly string[]) =>
    list.length === names.length && list.every((name) => names.includes(name))
  if (!keys.some(same)) {
    const expected = keys.map((list) => `[${list.join(', ')}]`).join(' or ')
    throw invalidQuery('on', `Expected the columns of a unique key: ${expected}.`)
  }
  // Each of them is a name of that key.
  return names as readonly string[]
}

/** Without a patch of their own, rows that are there get the values, but for those of the key. */
function patchOf(values: unknown, key: readonly string[]): unknown {
  if (!isPlainObject(values)) return values
  return Object.fromEntries(Object.entries(values).filter(([name]) => !key.includes(name)))
}
