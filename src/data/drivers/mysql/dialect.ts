import type { ColumnKind } from '../../column.ts'
import type { StoredValue } from '../../value.ts'
import type { Dialect } from '../sql/dialect.ts'
import { jsonValue } from './json.ts'
import type { Server } from './server.ts'
import { toDateTime } from './timestamp.ts'
import { types } from './types.ts'

/** SQL as MySQL 8 and MariaDB 10.5 and later write it: here, they differ by their collations only. */
export function createDialect({ name, collation }: Server): Dialect {
  return {
    name,
    quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
    placeholder: () => '?',
    encode,
    // The driver writes lists out: see lists.ts.
    memberOf: (column, list) => `${column} IN (${list})`,
    list: (values, kind) => values.map((value) => encode(kind, value)),
    contains: (column, parameter) => `INSTR(${column}, ${parameter}) > 0`,
    // What is written once is bound once.
    endsWith: (column, parameter) => `INSTR(REVERSE(${column}), REVERSE(${parameter})) = 1`,
    jsonValue: (column, path, as) => jsonValue(column, path, { as, collation }),
    order(column, { descending, nulls, nullable }) {
      const term = descending ? `${column} DESC` : column
      const placed = !nullable || nulls === (descending ? 'last' : 'first')
      return placed ? term : `${column} IS NULL${descending ? ' DESC' : ''}, ${term}`
    },
    aggregate(aggregate, column, kind) {
      const call = aggregate.toUpperCase()
      // The average of integers would be cut to four digits behind the point.
      return aggregate === 'avg' && kind !== 'real'
        ? `${call}(CAST(${column} AS DECIMAL(49, 26)))`
        : `${call}(${column})`
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

function encode(kind: ColumnKind, value: StoredValue): unknown {
  return kind === 'timestamp' && value !== null ? toDateTime(Number(value)) : value
}
