import { begin, type Context, write } from './context.ts'
import { stillReferred } from './errors.ts'
import { chain } from './maybe-promise.ts'
import { translated } from './references.ts'
import type { AnyTable } from './table.ts'
import { type Target, targetOf } from './targets.ts'
import type { MaybePromise } from './value.ts'
import { deleteRows } from './writes.ts'

export function deleteOne(
  context: Context,
  table: AnyTable,
  { id, where }: { id: string; where: unknown },
): MaybePromise<boolean> {
  const target = targetOf(context, begin(context, table), { operation: 'delete', id, where })
  return chain(deleteTarget(context, target), (deleted) => deleted > 0)
}

export function deleteMany(
  context: Context,
  table: AnyTable,
  where: unknown,
): MaybePromise<number> {
  const model = begin(context, table)
  return deleteTarget(context, targetOf(context, model, { operation: 'delete', where }))
}

function deleteTarget(context: Context, target: Target | undefined): MaybePromise<number> {
  if (!target) return 0
  const { model, where, single } = target
  return write(context, (store) =>
    translated(() => deleteRows(context, store, { model, where, single }), stillReferred),
  )
}
