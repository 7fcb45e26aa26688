import { toHex } from '../../../kernel/index.ts'
import type { Dialect, StoredValue } from '../../driver.ts'

/** SQL as SQLite 3.45 and later write it. Tables are STRICT: a column holds its type and no other. */
export const dialect: Dialect = {
  name: 'sqlite',
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  placeholder: () => '?',
  same: (column, parameter) => `${column} IS ${parameter}`,
  memberOf: (column, parameter, kind) =>
    `${column} IN (SELECT ${kind === 'bytes' ? 'unhex(value)' : 'value'} FROM json_each(${parameter}))`,
  list: (values) => `[${values.map(toJson).join(',')}]`,
  contains: (column, parameter) => `instr(${column}, ${parameter}) > 0`,
  types: {
    uuid: 'TEXT',
    text: 'TEXT',
    integer: 'INTEGER',
    bigint: 'INTEGER',
    real: 'REAL',
    boolean: 'INTEGER',
    timestamp: 'INTEGER',
    json: 'TEXT',
    bytes: 'BLOB',
  },
  tableOptions: ' STRICT',
}

/** JSON has no bytes: they travel as hexadecimal digits. Integers of any size are written exactly. */
function toJson(value: StoredValue): string {
  if (value instanceof Uint8Array) return `"${toHex(value)}"`
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}
