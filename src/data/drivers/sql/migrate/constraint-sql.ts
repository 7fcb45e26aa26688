import type { OnDelete } from '../../../column.ts'
import type { WantedReference } from './structure.ts'

// RESTRICT forbids at once what the rest of the same statement would make right, such as deleting a
// row together with all that refer to it. Without an action the statement's end counts.
const ACTIONS: Readonly<Record<OnDelete, string>> = {
  restrict: '',
  cascade: ' ON DELETE CASCADE',
  'set null': ' ON DELETE SET NULL',
}

/** `CONSTRAINT name FOREIGN KEY (column) REFERENCES ...`, for databases that name constraints. */
export function foreignKey(
  column: string,
  { name, table, key, onDelete }: WantedReference,
  quote: (identifier: string) => string,
): string {
  return (
    `CONSTRAINT ${quote(name)} FOREIGN KEY (${quote(column)}) ` +
    `REFERENCES ${quote(table)} (${quote(key)})${ACTIONS[onDelete]}`
  )
}
