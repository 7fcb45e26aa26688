import { toHex } from '../../../kernel/index.ts'
import type { ColumnKind } from '../../column.ts'
import type { StoredValue } from '../../store.ts'
import type { Dialect } from '../sql/dialect.ts'
import { jsonValue } from './json.ts'
import type { Server } from './server.ts'
import { toDateTime } from './timestamp.ts'
import { types } from './types.ts'

/** SQL as MySQL 8 and MariaDB 10.6 and later write it. They differ by their collations here. */
export function createDialect({ name, collation }: Server): Dialect {
  const text = `longtext CHARACTER SET utf8mb4 COLLATE ${collation}`
  /** What the values of a list are while they are JSON. */
  const listed: Readonly<Record<ColumnKind, string>> = {
    ...types,
    uuid: text,
    text,
    json: text,
    bytes: text,
  }
  return {
    name,
    quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
    placeholder: () => '?',
    encode: (kind, value) =>
      kind === 'timestamp' && value !== null ? toDateTime(Number(value)) : value,
    memberOf: (column, list, kind) =>
      `${column} IN (SELECT ${kind === 'bytes' ? 'UNHEX(v)' : 'v'} ` +
      `FROM JSON_TABLE(${list}, '$[*]' COLUMNS (v ${listed[kind]} PATH '$')) AS list)`,
    list: (values, kind) => `[${values.map((value) => toJson(value, kind)).join(',')}]`,
    contains: (column, parameter) => `INSTR(${column}, ${parameter}) > 0`,
    // What is written once is bound once.
    endsWith: (column, parameter) => `INSTR(REVERSE(${column}), REVERSE(${parameter})) = 1`,
    jsonValue: (column, path, as, bind) => jsonValue(column, path, { as, bind, collation }),
    order(column, { descending, nulls, nullable }) {
      const term = descending ? `${column} DESC` : column
      const placed = !nullable || nulls === (descending ? 'last' : 'first')
      return placed ? term : `${column} IS NULL${descending ? ' DESC' : ''}, ${term}`
    },
    aggregate(aggregate, column) {
      // Averages of integers would be cut to four digits after the point.
      if (aggregate === 'avg') return `((SUM(${column}) + 0e0) / COUNT(${column}))`
      return `${aggregate.toUpperCase()}(${column})`
    },
    fromNothing: ' FROM DUAL',
    forUpdate: ' FOR UPDATE',
    returning: false,
    subqueryOfTarget: false,
    // Compared as a whole, rows are filtered but not looked up in an index.
    rowComparison: false,
    types,
    tableOptions: ` ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE ${collation}`,
    maxParameters: 65_535,
  }
}

/** JSON has no bytes and no instants: they travel as text. Integers of any size are written exactly. */
function toJson(value: StoredValue, kind: ColumnKind): string {
  if (value instanceof Uint8Array) return `"${toHex(value)}"`
  if (kind === 'timestamp' && value !== null) return JSON.stringify(toText(Number(value)))
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

function toText(milliseconds: number): string {
  return toDateTime(milliseconds).toISOString().slice(0, 23).replace('T', ' ')
}
