import type { Field, ModelColumn, QueryCondition } from '../../../model.ts'
import type { Change, Delete, Update } from '../../../query.ts'
import type { Dialect } from '../dialect.ts'
import { conditionSql } from './condition.ts'
import { listSql, type Written } from './select.ts'
import { Parameters, type Writing, writingOf } from './writing.ts'

/** Writes an update; `returning` where the dialect knows it and the query asks for it. */
export function updateSql(
  { model, where, changes, returning }: Omit<Update, 'single'>,
  dialect: Dialect,
): Written {
  const parameters = new Parameters(dialect)
  const writing = writingOf(dialect, model.name, parameters)
  const sets = Array.from(changes, ([column, change]) => setSql(column, change, writing))
  let sql = `UPDATE ${writing.name} SET ${sets.join(', ')}${whereSql(where, writing)}`
  if (returning) sql += ` RETURNING ${listSql(returning, writing)}`
  return written(sql, parameters, returning)
}

export function deleteSql({ model, where }: Delete, dialect: Dialect): Written {
  const parameters = new Parameters(dialect)
  const writing = writingOf(dialect, model.name, parameters)
  return written(`DELETE FROM ${writing.name}${whereSql(where, writing)}`, parameters, undefined)
}

function written(
  sql: string,
  { values }: Parameters,
  fields: readonly Field[] | undefined,
): Written {
  return { sql, params: values, kinds: () => (fields ?? []).map(({ column }) => column.kind) }
}

function setSql(column: ModelColumn, change: Change, { dialect, parameters }: Writing): string {
  const name = dialect.quote(column.name)
  const added = typeof change === 'object' && change !== null && 'add' in change
  return added
    ? `${name} = ${name} + ${parameters.bind(change.add, column.kind)}`
    : `${name} = ${parameters.bind(change, column.kind)}`
}

function whereSql(where: QueryCondition | undefined, writing: Writing): string {
  return where ? ` WHERE ${conditionSql(where, writing)}` : ''
}

/** `INSERT INTO t (...) VALUES (...), (...)` for so many rows. */
export function insertSql(
  table: string,
  columns: readonly ModelColumn[],
  { rows, dialect }: { rows: number; dialect: Dialect },
): string {
  const names = columns.map(({ name }) => dialect.quote(name)).join(', ')
  const row = (at: number): string => {
    const placeholders = columns.map((_, n) => dialect.placeholder(at * columns.length + n + 1))
    return `(${placeholders.join(', ')})`
  }
  const values = Array.from({ length: rows }, (_, at) => row(at)).join(', ')
  return `INSERT INTO ${dialect.quote(table)} (${names}) VALUES ${values}`
}
