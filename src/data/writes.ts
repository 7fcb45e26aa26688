import { both } from './condition.ts'
import { type Context, deleteIn, insertIn, readIn, SYSTEM, updateIn } from './context.ts'
import { type Followers, followersOf } from './followers.ts'
import { chain } from './maybe-promise.ts'
import { type Field, type Model, toRow } from './model.ts'
import type { Delete, Insert, Update } from './query.ts'
import type { StoreTransaction, Updated } from './store.ts'
import type { Written } from './table.ts'
import type { MaybePromise, StoredRow, StoredValue } from './value.ts'
import type { Watch } from './watch.ts'
import { isOneOf } from './where.ts'

/** Inserts rows, and tells of them where the table says so. */
export function insertRows(
  context: Context,
  store: StoreTransaction,
  query: Insert,
): MaybePromise<void> {
  const watch = context.engine.watches?.get(query.model)
  const done = insertIn(context, store, query)
  if (!watch?.told.has('create')) return done
  const { model } = query
  return chain(done, () => {
    for (const row of query.rows) tell(context, store, { model, operation: 'create', after: row })
  })
}

/**
 * Updates rows. Where they are told of, they are read and locked first, and the update means those and
 * no others: what is told is what was written.
 */
export function updateRows(
  context: Context,
  store: StoreTransaction,
  query: Update,
): MaybePromise<Updated> {
  const watch = context.engine.watches?.get(query.model)
  if (!watch?.told.has('update')) return updateIn(context, store, query)
  return chain(lockRows(context, store, query), (before) => {
    if (before.length === 0) return { rows: [], count: 0 }
    const { model, returning } = query
    const exact = { ...query, where: both(query.where, keysIn(model, before)) }
    const fields = withAll(model, returning)
    const at = fields.length - model.fields.length
    return chain(updateIn(context, store, { ...exact, returning: fields }), ({ rows }) => {
      const known = new Map(before.map((row) => [row[model.key.position], row]))
      for (const row of rows) {
        const after = at === 0 ? row : row.slice(at)
        const was = known.get(after[model.key.position] ?? null)
        if (was) tell(context, store, { model, operation: 'update', before: was, after })
      }
      return { rows, count: rows.length }
    })
  })
}

/** Deletes rows, and tells of them and of those that go along with them. */
export function deleteRows(
  context: Context,
  store: StoreTransaction,
  query: Delete,
): MaybePromise<number> {
  const watch = context.engine.watches?.get(query.model)
  if (!watch || (!watch.told.has('delete') && watch.dependents.length === 0)) {
    return deleteIn(context, store, query)
  }
  return deleteWatched({ context, store, watch }, query)
}

async function deleteWatched(
  at: { context: Context; store: StoreTransaction; watch: Watch },
  query: Delete,
): Promise<number> {
  const { context, store, watch } = at
  const { model } = query
  const rows = await lockRows(context, store, query)
  if (rows.length === 0) return 0
  // Nobody adds a row that refers to one that is locked: those found now are all that will follow.
  const followers = await followersOf(context, store, { model, rows })
  await deleteIn(context, store, { ...query, where: keysIn(model, rows) })
  if (watch.told.has('delete')) {
    for (const before of rows) tell(context, store, { model, operation: 'delete', before })
  }
  tellOfFollowers(context, store, followers)
  return rows.length
}

function tellOfFollowers(
  context: Context,
  store: StoreTransaction,
  { deleted, cleared }: Followers,
): void {
  for (const { model, row } of deleted) {
    if (!model.table.audit.includes('delete')) continue
    tell(context, store, { model, operation: 'delete', before: row })
  }
  for (const { model, row, after } of cleared) {
    if (!model.table.audit.includes('update')) continue
    tell(context, store, { model, operation: 'update', before: row, after })
  }
}

function lockRows(
  context: Context,
  store: StoreTransaction,
  { model, where, single }: Pick<Update, 'model' | 'where' | 'single'>,
): MaybePromise<readonly StoredRow[]> {
  const query = { type: 'select', model, fields: model.fields, where, single, lock: true } as const
  return readIn(context, store, query)
}

function keysIn(model: Model, rows: readonly StoredRow[]): ReturnType<typeof isOneOf> {
  const { key, fieldOf } = model
  const ids = rows.map((row) => row[key.position] ?? null)
  // Every model has a field for its key.
  return isOneOf(fieldOf.get(key.name) as Field, ids)
}

const combined = new WeakMap<readonly Field[], readonly Field[]>()

/** What the caller asks for, and behind it whole rows. */
function withAll(model: Model, asked: readonly Field[] | undefined): readonly Field[] {
  if (asked === undefined || asked === model.fields) return model.fields
  const known = combined.get(asked) ?? [...asked, ...model.fields]
  combined.set(asked, known)
  return known
}

interface Told {
  readonly model: Model
  readonly operation: Written
  readonly before?: StoredRow
  readonly after?: StoredRow
}

function tell(
  context: Context,
  store: StoreTransaction,
  { model, operation, before, after }: Told,
): void {
  const { fields, key, table } = model
  const id = String((after ?? before)?.[key.position])
  const shown =
    before && after
      ? fields.filter(({ column: { position } }) => !same(before[position], after[position]))
      : fields
  const rowOf = (row: StoredRow | undefined) =>
    row ? toRow(shown, shown === fields ? row : pick(row, shown)) : null
  const { subject, scope, engine } = context
  const by = subject === SYSTEM ? 'system' : subject
  engine.onChange?.(
    { table, operation, id, before: rowOf(before), after: rowOf(after), by, scope },
    { ...context, transaction: { store, open: true } },
  )
}

function pick(row: StoredRow, fields: readonly Field[]): StoredRow {
  return fields.map(({ column }) => row[column.position] ?? null)
}

function same(a: StoredValue | undefined, b: StoredValue | undefined): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return a === b
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
