import type { AnyTable, Database } from '../data/index.ts'
import type { Operation, OperationTree } from '../http/index.ts'
import { misuse, type Signals } from '../kernel/index.ts'
import { idempotencyRecords } from './idempotency/records.ts'

/** The tables behind operations that were derived from one, by their handlers: branches keep those. */
const derived = new WeakMap<Operation['handler'], AnyTable>()

/** Remembers which table an operation was derived from. */
export function rememberTable(operation: Operation, table: AnyTable): void {
  derived.set(operation.handler, table)
}

/** Throws `misuse` for a table that stands where its operations were meant. */
export function assertNoTables(tree: OperationTree): void {
  for (const [name, value] of Object.entries(tree)) {
    if (!isTable(value)) continue
    throw misuse(`operation ${name}`, `is table "${value.name}"; expected resource(${value.name})`)
  }
}

/** Says of which tables nobody will ever see a row: an empty list does not tell that a rule is missing. */
export function warnOfClosed(operations: ReadonlyMap<string, Operation>, signals: Signals): void {
  const tables = new Set(Array.from(operations.values(), ({ handler }) => derived.get(handler)))
  for (const table of tables) {
    if (!table || Object.keys(table.policy).length > 0) continue
    const message = `table "${table.name}" has no policy: nobody may read or write its rows`
    signals.log({ level: 'warn', message })
  }
}

function isTable(value: unknown): value is AnyTable {
  return typeof value === 'object' && value !== null && 'columns' in value && 'primaryKey' in value
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
