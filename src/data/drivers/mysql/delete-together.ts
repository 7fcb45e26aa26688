import type { StoredValue } from '../../value.ts'
import type { Parameter, SqlResult, Statement } from '../sql/driver.ts'
import { isStillReferred } from './errors.ts'

export type Run = (statement: Statement, params: readonly Parameter[]) => Promise<SqlResult>

/** Rows of a table that are to go, by their primary key. */
interface Doomed {
  readonly table: string
  readonly key: string
  readonly keys: readonly StoredValue[]
}

/** A column whose rows go along with the row that they refer to. */
interface Follower {
  readonly table: string
  readonly column: string
}

/**
 * Deletes rows one kind after the other where one statement failed. InnoDB checks references row by
 * row: it refuses to delete a row before those that refer to it, though the same statement would
 * delete them as well, itself or by a cascade. Here the rows that nobody refers to go first, those
 * that go along before those that they follow, until none is left. Answers with undefined when rows
 * that are to stay refer to one of them; by then some are deleted, for the caller to take back.
 */
export async function deleteTogether(
  run: Run,
  { sql }: Statement,
  params: readonly Parameter[],
): Promise<number | undefined> {
  const [, table, where = ''] = sql.match(/^DELETE FROM `(\w+)`( WHERE .*)?$/s) ?? []
  const key = table === undefined ? undefined : await keyOf(run, table)
  if (table === undefined || key === undefined) return undefined
  const select = `SELECT ${quote(key)} FROM ${quote(table)}${where} FOR UPDATE`
  const keys = await values(run, select, params)
  let left = keys
  while (left.length > 0) {
    const deleted = await pass(run, { table, key, keys: left }, new Set())
    if (deleted === 0) return undefined
    left = await remaining(run, { table, key, keys: left })
  }
  return keys.length
}

/** Deletes what can be deleted of the rows and of those that follow them; answers with how many went. */
async function pass(run: Run, doomed: Doomed, seen: Set<string>): Promise<number> {
  const { table, key } = doomed
  const keys = doomed.keys.filter((value) => !seen.has(`${table} ${value}`))
  if (keys.length === 0) return 0
  for (const value of keys) seen.add(`${table} ${value}`)
  let deleted = 0
  for (const follower of await followersOf(run, table)) {
    const followerKey = await keyOf(run, follower.table)
    if (followerKey === undefined) continue
    const select = `SELECT ${quote(followerKey)} FROM ${quote(follower.table)} WHERE ${quote(follower.column)} IN (?) FOR UPDATE`
    const following = await values(run, select, [keys])
    deleted += await pass(run, { table: follower.table, key: followerKey, keys: following }, seen)
  }
  return deleted + (await removeFree(run, { table, key, keys }))
}

/**
 * Deletes the rows that nobody refers to, and passes over the others: where one is among them the
 * halves are tried. DELETE IGNORE would do it in one, but MySQL 9.6 and later then delete a row
 * although what refers to it stays. Keys grow with time: the youngest first, those that refer mostly
 * come before those that they refer to.
 */
async function removeFree(run: Run, { table, key, keys }: Doomed): Promise<number> {
  const remove = `DELETE FROM ${quote(table)} WHERE ${quote(key)} IN (?) ORDER BY ${quote(key)} DESC`
  try {
    return (await run(statement(remove, false), [keys])).changes
  } catch (error) {
    if (!isStillReferred(error)) throw error
    if (keys.length === 1) return 0
    const middle = Math.floor(keys.length / 2)
    const later = await removeFree(run, { table, key, keys: keys.slice(middle) })
    return later + (await removeFree(run, { table, key, keys: keys.slice(0, middle) }))
  }
}

function remaining(run: Run, { table, key, keys }: Doomed): Promise<StoredValue[]> {
  const select = `SELECT ${quote(key)} FROM ${quote(table)} WHERE ${quote(key)} IN (?)`
  return values(run, select, [keys])
}

async function keyOf(run: Run, table: string): Promise<string | undefined> {
  const columns = await values(run, PRIMARY_KEY, [table])
  return columns.length === 1 ? String(columns[0]) : undefined
}

async function followersOf(run: Run, table: string): Promise<Follower[]> {
  const { rows } = await run(statement(FOLLOWERS, true), [table])
  return rows.map(([follower, column]) => ({ table: String(follower), column: String(column) }))
}

const PRIMARY_KEY =
  'SELECT column_name FROM information_schema.columns ' +
  "WHERE table_schema = DATABASE() AND table_name = ? AND column_key = 'PRI'"

const FOLLOWERS =
  'SELECT k.table_name, k.column_name FROM information_schema.key_column_usage k ' +
  'JOIN information_schema.referential_constraints r ' +
  'ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name ' +
  'AND r.table_name = k.table_name ' +
  'WHERE k.table_schema = DATABASE() AND k.referenced_table_schema = DATABASE() ' +
  "AND k.referenced_table_name = ? AND r.delete_rule = 'CASCADE'"

async function values(run: Run, sql: string, params: readonly Parameter[]): Promise<StoredValue[]> {
  const { rows } = await run(statement(sql, true), params)
  return rows.map(([value]) => value ?? null)
}

function statement(sql: string, returns: boolean): Statement {
  return { sql, returns, summary: 'delete rows together' }
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
