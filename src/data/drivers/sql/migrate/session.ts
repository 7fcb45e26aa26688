import type { ColumnKind } from '../../../column.ts'
import type { StoredRow, StoredValue } from '../../../value.ts'
import type { SqlConnection, SqlDriver, Statement } from '../driver.ts'

/** A value and the kind that it is stored as. */
export type Typed = readonly [ColumnKind, StoredValue]

/** The connection that a migration runs on, or the way to read outside of any transaction. */
export interface Session {
  readonly driver: SqlDriver
  readonly connection?: SqlConnection | undefined
}

/** Reads; `kinds` says what the columns hold, where they are more than the constant 1. */
export async function ask(
  { driver, connection }: Session,
  sql: string,
  kinds?: readonly ColumnKind[],
): Promise<readonly StoredRow[]> {
  const statement: Statement = { sql, returns: true, summary: 'migrate', ...(kinds && { kinds }) }
  const { rows } = await (connection ? connection.run(statement, []) : driver.read(statement, []))
  return rows
}

/** Writes; the values take the places of `?` in the statement. */
export async function write(
  { driver, connection }: Session,
  sql: string,
  values: readonly Typed[] = [],
): Promise<void> {
  const { placeholder, encode } = driver.dialect
  let position = 0
  const text = values.length === 0 ? sql : sql.replace(/\?/g, () => placeholder(++position))
  const params = values.map(([kind, value]) => (encode ? encode(kind, value) : value))
  await connection?.run({ sql: text, returns: false, summary: 'migrate' }, params)
}
