import { assertNotAborted, begin, type Context, run, write, writeWhole } from './context.ts'
import { holds } from './decide.ts'
import type { Connection, MaybePromise } from './driver.ts'
import { denied, missingReference } from './errors.ts'
import { chain, chainEach } from './maybe-promise.ts'
import { CHUNK_ROWS, type Model, rowOf } from './model.ts'
import { observed } from './observed.ts'
import { checkReferences, translated } from './references.ts'
import { allowedWrite, type ModelCondition } from './rules.ts'
import type { AnyRow } from './select.ts'
import type { AnyTable } from './table.ts'
import { type NewRow, readInsert, readInserts } from './values.ts'

/**
 * Creates a row and returns what was stored. It is returned even where the rule of reading would not
 * show it: nothing is in it but what its creator sent and what the table's declaration adds.
 */
export function create(context: Context, table: AnyTable, values: unknown): MaybePromise<AnyRow> {
  const model = begin(context, table)
  const rule = allowedWrite(model, 'create', context.subject)
  const row = readInsert(context, model, values)
  assertAllowed(model, rule, row)
  return write(context, (connection) => {
    const statement = { plan: model.insert, params: row.values }
    const send = () => run(context, connection, statement)
    return chain(checkReferences(context, connection, row.given), () =>
      chain(translated(send, missingReference), () => rowOf(model, row.values)),
    )
  })
}

export function createMany(
  context: Context,
  table: AnyTable,
  values: unknown,
): MaybePromise<AnyRow[]> {
  const model = begin(context, table)
  const rule = allowedWrite(model, 'create', context.subject)
  const rows = readInserts(context, model, values)
  for (const row of rows) assertAllowed(model, rule, row)
  if (rows.length === 0) return []
  return writeWhole(context, (connection) =>
    chain(insertBatch(context, connection, { model, rows }), () =>
      rows.map((row) => rowOf(model, row.values)),
    ),
  )
}

/**
 * Decides the rule before the row is written: all that will be stored is known by then, and whoever
 * may not create a row does not learn whether its unique keys are taken.
 */
function assertAllowed(model: Model, rule: true | ModelCondition, { values }: NewRow): void {
  if (rule === true) return
  if (holds(rule, (column) => values[column.position] ?? null)) return
  throw denied('create', model.name)
}

function insertBatch(
  context: Context,
  connection: Connection,
  { model, rows }: { model: Model; rows: readonly NewRow[] },
): MaybePromise<void> {
  const { scope, engine } = context
  const insert = (chunk: readonly NewRow[]): MaybePromise<void> => {
    assertNotAborted(scope)
    const plan = chunk.length === 1 ? model.insert : model.insertChunk
    const params = chunk.flatMap((row) => row.values)
    const given = chunk.flatMap((row) => row.given)
    return chain(checkReferences(context, connection, given), () =>
      chain(
        translated(() => connection.run(plan, params), missingReference),
        () => {},
      ),
    )
  }
  const work = () => chainEach(chunksOf(model, rows), insert)
  const { signals } = engine
  if (!signals.spans) return work()
  return observed({ signals, scope, plan: model.insert, batch: rows.length }, work)
}

/** Whole chunks, and the rest row by row: two statements serve a batch of any size. */
function chunksOf(model: Model, rows: readonly NewRow[]): readonly (readonly NewRow[])[] {
  // A row may refer to one before it only when that one is there: by the time of its own statement.
  const whole = model.references.some(({ reference }) => reference?.table === model.table)
    ? 0
    : rows.length - (rows.length % CHUNK_ROWS)
  const chunks: (readonly NewRow[])[] = []
  for (let at = 0; at < whole; at += CHUNK_ROWS) chunks.push(rows.slice(at, at + CHUNK_ROWS))
  for (const row of rows.slice(whole)) chunks.push([row])
  return chunks
}
