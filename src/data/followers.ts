import { type Context, readIn } from './context.ts'
import type { Field, Model } from './model.ts'
import type { StoreTransaction } from './store.ts'
import type { StoredRow, StoredValue } from './value.ts'
import type { Dependent } from './watch.ts'
import { isOneOf } from './where.ts'

/** The rows that the database itself will delete, or take a reference from, along with others. */
export interface Followers {
  readonly deleted: readonly { readonly model: Model; readonly row: StoredRow }[]
  readonly cleared: readonly {
    readonly model: Model
    readonly row: StoredRow
    readonly after: StoredRow
  }[]
}

type Found = Map<Model, Map<StoredValue, StoredRow>>

/** Reads and locks the rows that follow those that are about to be deleted, as far as they are told of. */
export async function followersOf(
  context: Context,
  store: StoreTransaction,
  { model, rows }: { model: Model; rows: readonly StoredRow[] },
): Promise<Followers> {
  const gone: Found = new Map([[model, byKey(model, rows)]])
  const cleared = new Map<Model, Map<StoredValue, { row: StoredRow; after: StoredValue[] }>>()
  await follow(model, rows)
  const roots = new Set(rows)
  return {
    deleted: [...gone].flatMap(([of, found]) =>
      Array.from(found.values(), (row) => ({ model: of, row })).filter(
        ({ row }) => !roots.has(row),
      ),
    ),
    cleared: [...cleared].flatMap(([of, found]) =>
      Array.from(found, ([key, { row, after }]) => ({ model: of, key, row, after })).filter(
        ({ key }) => !gone.get(of)?.has(key),
      ),
    ),
  }

  async function follow(parent: Model, parents: readonly StoredRow[]): Promise<void> {
    const keys = parents.map((row) => row[parent.key.position] ?? null)
    for (const dependent of context.engine.watches?.get(parent)?.dependents ?? []) {
      const found = await read(dependent, keys)
      if (dependent.onDelete === 'set null') clear(dependent, found)
      else await take(dependent.model, found)
    }
  }

  async function take(of: Model, found: readonly StoredRow[]): Promise<void> {
    const known = gone.get(of) ?? new Map<StoredValue, StoredRow>()
    const fresh = found.filter((row) => !known.has(row[of.key.position] ?? null))
    for (const [key, row] of byKey(of, fresh)) known.set(key, row)
    gone.set(of, known)
    if (fresh.length > 0) await follow(of, fresh)
  }

  function clear({ model: of, column }: Dependent, found: readonly StoredRow[]): void {
    const known =
      cleared.get(of) ?? new Map<StoredValue, { row: StoredRow; after: StoredValue[] }>()
    for (const row of found) {
      const key = row[of.key.position] ?? null
      const entry = known.get(key) ?? { row, after: [...row] }
      entry.after[column.position] = null
      known.set(key, entry)
    }
    cleared.set(of, known)
  }

  async function read(
    { model: of, column }: Dependent,
    keys: readonly StoredValue[],
  ): Promise<readonly StoredRow[]> {
    // Every model has a field for each of its columns.
    const where = isOneOf(of.fieldOf.get(column.name) as Field, keys)
    return readIn(context, store, {
      type: 'select',
      model: of,
      fields: of.fields,
      where,
      lock: true,
    })
  }
}

function byKey({ key }: Model, rows: readonly StoredRow[]): Map<StoredValue, StoredRow> {
  return new Map(rows.map((row) => [row[key.position] ?? null, row]))
}
