import { assume, conditionOf } from './assume.ts'
import { begin, type Context, readIn, write, writeWhole } from './context.ts'
import { missingReference } from './errors.ts'
import { fieldsSeenBy, settable } from './fields.ts'
import { chain, chainEach } from './maybe-promise.ts'
import { type Field, type Model, type QueryCondition, toRow } from './model.ts'
import type { AnyRow } from './reads.ts'
import { checkReferences, translated } from './references.ts'
import { type Allowed, bothAllowed } from './rules.ts'
import { forbidden, rulingOnCreate } from './ruling.ts'
import type { StoreTransaction } from './store.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise, StoredRow } from './value.ts'
import { type NewRow, readInsert, readInserts } from './values.ts'
import { isOneOf } from './where.ts'
import { wordsOf } from './words.ts'
import { insertRows } from './writes.ts'

/**
 * Creates a row and returns what was stored. It is returned even where the rule of reading would not
 * show it: nothing is in it but what its creator sent and what the table's declaration adds.
 */
export function create(context: Context, table: AnyTable, values: unknown): MaybePromise<AnyRow> {
  const model = begin(context, table)
  const rule = rulingOnCreate(context, model)
  const row = readInsert(context, model, values)
  const open = leftToAsk(context, model, { rule, row })
  // A row that is read back for its creator is undone when that fails.
  const run = fieldsSeenBy(model, context.subject) === model.fields ? write : writeWhole
  return run(context, (store) => insertRow(context, store, { model, row, open }))
}

/** Inserts a row whose rule is decided, but for what it asks about rows of other tables. */
function insertRow(
  context: Context,
  store: StoreTransaction,
  { model, row, open }: { model: Model; row: NewRow; open: readonly QueryCondition[] },
): MaybePromise<AnyRow> {
  const insert = { model, rows: [row.values] }
  return chain(checkReferences(context, store, row.given), () =>
    chain(askRest(context, store, { model, open }), () =>
      chain(
        translated(() => insertRows(context, store, insert), missingReference),
        () => chain(seen(context, store, { model, rows: [row] }), ([first]) => first as AnyRow),
      ),
    ),
  )
}

export function createMany(
  context: Context,
  table: AnyTable,
  values: unknown,
): MaybePromise<AnyRow[]> {
  const model = begin(context, table)
  const rule = rulingOnCreate(context, model)
  const rows = readInserts(context, model, values)
  const decided = rows.map((row) => ({ row, open: leftToAsk(context, model, { rule, row }) }))
  if (rows.length === 0) return []
  return writeWhole(context, (store) =>
    chain(insertAll(context, store, { model, decided }), () =>
      seen(context, store, { model, rows }),
    ),
  )
}

/** A new row, and what of its rule is left to ask. */
interface Decided {
  readonly row: NewRow
  readonly open: readonly QueryCondition[]
}

/**
 * Decides the rule before the row is written: all that will be stored is known by then, and whoever
 * may not create a row does not learn whether its unique keys are taken. What cannot be decided
 * without rows of other tables is returned.
 */
function leftToAsk(
  context: Context,
  model: Model,
  { rule, row }: { rule: Exclude<Allowed, false>; row: NewRow },
): readonly QueryCondition[] {
  const whole = bothAllowed(rule, settable(model, row.set, context.subject))
  if (typeof whole === 'boolean') return []
  const left = assume(whole, ({ position }) => row.values[position] ?? null)
  if (left === false) throw forbidden(context, model, 'create')
  return left === true ? [] : [conditionOf(left)]
}

function askRest(
  context: Context,
  store: StoreTransaction,
  { model, open }: { model: Model; open: readonly QueryCondition[] },
): MaybePromise<void> {
  return chainEach(open, (where) =>
    chain(readIn(context, store, { type: 'probe', model, where }), (rows) => {
      if (rows.length === 0) throw forbidden(context, model, 'create')
    }),
  )
}

/**
 * A row may refer to one before it only when that one is there: such rows go one by one. References
 * are looked at before the rule: it sees hidden rows as well, and would tell them from missing ones.
 */
function insertAll(
  context: Context,
  store: StoreTransaction,
  { model, decided }: { model: Model; decided: readonly Decided[] },
): MaybePromise<void> {
  const toItself = model.references.some(
    ({ reference }) => reference?.table.columns === model.table.columns,
  )
  const steps = toItself ? decided.map((one) => [one]) : [decided]
  return chainEach(steps, (step) => {
    const given = step.flatMap(({ row }) => row.given)
    const asked = new Map(step.flatMap(({ open }) => open.map((one) => [wordsOf(one), one])))
    const insert = { model, rows: step.map(({ row }) => row.values) }
    return chain(checkReferences(context, store, given), () =>
      chain(askRest(context, store, { model, open: [...asked.values()] }), () =>
        translated(() => insertRows(context, store, insert), missingReference),
      ),
    )
  })
}

/** The rows as their creator sees them: read back only where some of their fields may be hidden. */
function seen(
  context: Context,
  store: StoreTransaction,
  { model, rows }: { model: Model; rows: readonly NewRow[] },
): MaybePromise<AnyRow[]> {
  const fields = fieldsSeenBy(model, context.subject)
  if (fields === model.fields) return rows.map(({ values }) => toRow(fields, values))
  const key = model.fieldOf.get(model.key.name) as Field
  const keyOf = (row: StoredRow) => row[model.key.position] ?? null
  const where = isOneOf(
    key,
    rows.map(({ values }) => keyOf(values)),
  )
  const query = { type: 'select', model, fields: [...fields, key], where } as const
  return chain(readIn(context, store, query), (found) => {
    const byKey = new Map(found.map((row) => [row.at(-1), row]))
    return rows.map(({ values }) => toRow(fields, byKey.get(keyOf(values)) ?? []))
  })
}
