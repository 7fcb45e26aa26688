import { begin, type Context } from './context.ts'
import { invalidQuery } from './errors.ts'
import type { StreamQuery } from './list-query.ts'
import { readOrder } from './order.ts'
import { portionsOf, readPortion } from './portion.ts'
import type { Select } from './query.ts'
import { checkQuery, MAX_LIMIT } from './query-options.ts'
import type { AnyRow } from './reads.ts'
import { rulingOn } from './ruling.ts'
import { readShape } from './shape.ts'
import type { AnyTable } from './table.ts'
import type { StoredValue } from './value.ts'
import { optionalWhere, whereAllowed } from './where.ts'

const DEFAULT_BATCH = 500

/**
 * Reads rows in batches, each beginning behind the last row of the one before: what is in memory is
 * one batch, and nothing is held open while the reader thinks. The policy is asked anew for each.
 */
export async function* stream(
  context: Context,
  table: AnyTable,
  query: StreamQuery<AnyTable> = {},
): AsyncGenerator<AnyRow, void, undefined> {
  const model = begin(context, table)
  checkQuery('stream()', query, ['where', 'orderBy', 'select', 'include', 'batch'])
  const limit = readBatch(query.batch)
  const shape = readShape(context, model, query)
  const order = readOrder(model, query.orderBy, context.subject)
  const where = optionalWhere(model, query.where, context.subject)
  const portions = portionsOf(context, { model, shape, order })
  let after: readonly StoredValue[] | undefined
  do {
    begin(context, table)
    const rule = rulingOn(context, model, 'read')
    if (rule === false) return
    const select: Select = {
      type: 'select',
      model,
      fields: portions.shape.fields,
      where: whereAllowed(where, rule),
      order,
      after,
      limit,
      named: portions.named,
    }
    const { items, end } = await readPortion(context, portions, { select, size: limit })
    after = end
    // Item by item: `yield*` would wait for each of them once more.
    for (const item of items) yield item
  } while (after)
}

function readBatch(batch: unknown): number {
  if (batch === undefined) return DEFAULT_BATCH
  if (Number.isInteger(batch) && Number(batch) >= 1 && Number(batch) <= MAX_LIMIT) {
    return Number(batch)
  }
  throw invalidQuery('batch', `Expected an integer from 1 to ${MAX_LIMIT}.`)
}
