import type { StoredRow } from '../../../value.ts'

export type Ask = (sql: string) => Promise<readonly StoredRow[]>

/** What comparing needs to know of the rows. */
export interface Facts {
  hasRows(table: string): Promise<boolean>
  /** Whether a column is not null in any row. */
  holdsData(table: string, column: string): Promise<boolean>
  holdsNull(table: string, column: string): Promise<boolean>
  /** Whether rows have the same values in these columns, none of which is null. */
  shareValues(table: string, columns: readonly string[]): Promise<boolean>
}

/** The rows of the database as they are now. */
export function liveFacts(ask: Ask, quote: (name: string) => string): Facts {
  const any = async (table: string, rest: string): Promise<boolean> =>
    (await ask(`SELECT 1 FROM ${quote(table)}${rest} LIMIT 1`)).length > 0
  return {
    hasRows: (table) => any(table, ''),
    holdsData: (table, column) => any(table, ` WHERE ${quote(column)} IS NOT NULL`),
    holdsNull: (table, column) => any(table, ` WHERE ${quote(column)} IS NULL`),
    shareValues(table, columns) {
      const names = columns.map(quote)
      const present = names.map((name) => `${name} IS NOT NULL`).join(' AND ')
      return any(table, ` WHERE ${present} GROUP BY ${names.join(', ')} HAVING count(*) > 1`)
    },
  }
}

/**
 * The rows of a database that is not at hand: a file is written against one database and run on
 * others. There are rows, and they hold data; whether they fit a key turns out when it is made.
 */
export const assumedFacts: Facts = {
  hasRows: async () => true,
  holdsData: async () => true,
  holdsNull: async () => false,
  shareValues: async () => false,
}
