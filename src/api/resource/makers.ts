import type { Operation } from '../../http/index.ts'
import { createMany, deleteMany, updateMany } from './bulk.ts'
import { remove, update } from './change.ts'
import { create } from './create.ts'
import { get, list } from './read.ts'
import { replace } from './replace.ts'
import type { Rows } from './rows.ts'
import type { BulkKind, BulkVerb, ResourceVerb } from './verbs.ts'

/** How each operation is made. */
export const makers: Readonly<Record<ResourceVerb, (rows: Rows) => Operation>> = {
  list,
  get,
  create,
  replace,
  update,
  delete: remove,
}

/** How the operations on at most `limit` rows at once are made. */
export const bulkMakers: Readonly<
  Record<BulkKind, { readonly name: BulkVerb; make(rows: Rows, limit: number): Operation }>
> = {
  create: { name: 'createMany', make: createMany },
  update: { name: 'updateMany', make: updateMany },
  delete: { name: 'deleteMany', make: deleteMany },
}
