import type { AnyTable, Database } from '../data/index.ts'
import type { Operation } from '../http/index.ts'
import { misuse } from '../kernel/index.ts'
import { idempotencyRecords } from './idempotency/records.ts'

/** The tables behind operations that were derived from one, by their handlers: branches keep those. */
const derived = new WeakMap<Operation['handler'], AnyTable>()

/** Remembers which table an operation was derived from. */
export function rememberTable(operation: Operation, table: AnyTable): void {
  derived.set(operation.handler, table)
}

/** Throws `misuse` for an operation whose table the database does not have: each call would fail. */
export function assertTables(
  operations: ReadonlyMap<string, Operation>,
  { tables }: Database,
): void {
  const known = new Set(tables.map(({ columns }) => columns))
  for (const [name, operation] of operations) {
    const table = derived.get(operation.handler)
    if (table && !known.has(table.columns)) {
      throw misuse(
        `operation ${name}`,
        `table "${table.name}" is not among those of the database; list it there`,
      )
    }
    if (operation.spec.idempotent && !known.has(idempotencyRecords.columns)) {
      throw misuse(
        `operation ${name}`,
        'idempotent needs apiTables among the tables of the database',
      )
    }
  }
}
