import type { ColumnKind } from '../../../column.ts'
import type { Field } from '../../../model.ts'
import type { Each, Joined, OrderTerm, Select } from '../../../query.ts'
import type { Dialect } from '../dialect.ts'
import { hasChoice } from './choice.ts'
import { conditionSql, fieldSql } from './condition.ts'
import { afterSql, type OrderedExpression, orderSql } from './keyset.ts'
import { columnSql, named, Parameters, type Writing, within, writingOf } from './writing.ts'

/** A query as a statement's text and its parameters. */
export interface Written {
  /** The text without its beginning, where `head` has that. */
  readonly sql: string
  /** How the text begins, where that follows from the table alone. */
  readonly head?: () => string
  readonly params: readonly unknown[]
  /** What its columns hold. Called once for each shape. */
  readonly kinds: () => readonly ColumnKind[]
}

/** Writes a query that reads rows. */
export function selectSql(select: Select, dialect: Dialect): Written {
  const { model, each, distinct, order, joined } = select
  const parameters = new Parameters(dialect, { seen: hasChoice(select) })
  const writing = writingOf(dialect, model.name, parameters)
  const kinds = () => kindsOf(select)
  const params = parameters.values
  if (each) return { sql: eachSql(select, writing), params, kinds }
  if (joined) return { sql: joinedSql(select, joined, writing), params, kinds }
  if (distinct || order?.some(({ field }) => field.mask)) {
    return { sql: wrappedSql(select, writing), params, kinds }
  }
  const list = () => (select.named ? namedSql(select, writing) : listSql(select.fields, writing))
  const head = () => `SELECT ${list()} FROM ${writing.name}`
  // The columns of whole rows are most of the text, and the same for all queries of a table.
  if (select.fields === model.fields) return { head, sql: tailSql(select, writing), params, kinds }
  return { sql: head() + tailSql(select, writing), params, kinds }
}

function kindsOf({ fields, joined = [], each }: Select): ColumnKind[] {
  const kinds = [
    ...fields.map(({ column }) => column.kind),
    ...joined.flatMap(({ fields: own, relation }) => [
      ...own.map(({ column }) => column.kind),
      relation.foreign.kind,
    ]),
  ]
  return each ? [...kinds, each.by.kind] : kinds
}

/** What follows the table's name: which rows, in what order, how many. */
function tailSql(select: Select, writing: Writing): string {
  const { where, order = [], after, lock } = select
  let sql = ''
  let glue = ' WHERE '
  if (where) {
    sql += glue + conditionSql(where, writing)
    glue = ' AND '
  }
  if (order.length > 0) {
    const terms = order.map((term) => ordered(term, writing))
    if (after) sql += glue + afterSql(terms, after, writing)
    sql += ` ORDER BY ${orderSql(terms, writing)}`
  }
  sql += limitSql(select, writing)
  return lock ? sql + writing.dialect.forUpdate : sql
}

/**
 * A row with those that it refers to. Aliases of subqueries begin behind those of the tables. The parts are
 * written in the order in which they stand, which is that of their parameters.
 */
function joinedSql(select: Select, joined: readonly Joined[], writing: Writing): string {
  const { dialect } = writing
  const behind = { ...writing, depth: joined.length }
  const own = named(behind, 0)
  const others = joined.map((join, at) => ({ ...join, writing: named(behind, at + 1) }))
  let sql = `SELECT ${listSql(select.fields, own)}`
  for (const { fields, relation, writing: other } of others) {
    sql += `, ${listSql(fields, other)}, ${columnSql(other, relation.foreign)}`
  }
  sql += ` FROM ${dialect.quote(select.model.name)} ${own.name}`
  for (const { relation, where, writing: other } of others) {
    const { target, foreign, local } = relation
    sql += ` LEFT JOIN ${dialect.quote(target.name)} ${other.name}`
    sql += ` ON ${columnSql(other, foreign)} = ${columnSql(own, local)}`
    if (where) sql += ` AND ${conditionSql(where, other)}`
  }
  return sql + tailSql(select, own)
}

function limitSql({ limit }: Select, { parameters }: Writing): string {
  return limit === undefined ? '' : ` LIMIT ${parameters.bindLimit(limit)}`
}

/** A term of an order that no mask hides: those are ordered by their alias. */
function ordered({ field, descending, nulls }: OrderTerm, writing: Writing): OrderedExpression {
  const { kind, nullable } = field.column
  return { sql: columnSql(writing, field.column), kind, nullable, descending, nulls }
}

/** The columns to be read. */
export function listSql(fields: readonly Field[], writing: Writing): string {
  return fields.map((field) => fieldSql(field, writing)).join(', ') || '1'
}

/** The columns of whole rows under their own names, whatever case the table has them in. */
function namedSql({ fields }: Select, writing: Writing): string {
  const names = fields.map(({ column }) => columnSql(writing, column))
  return names.map((name) => `${name} AS ${name}`).join(', ')
}

/**
 * Orders what an inner query answered, where a term of the order is masked or rows must differ: an
 * expression that is written twice would be two to the database, each with its own parameters.
 */
function wrappedSql(select: Select, writing: Writing): string {
  const { fields, where, order = [], after, distinct } = select
  const all = [...fields]
  const terms = order.map(({ field, descending, nulls }): OrderedExpression => {
    const found = all.findIndex(({ column }) => column === field.column)
    const at = found < 0 ? all.push(field) - 1 : found
    const { kind, nullable } = field.column
    return { sql: `c${at}`, kind, nullable: nullable || !!field.mask, descending, nulls }
  })
  const aliases = all.map((field, at) => `${fieldSql(field, writing)} AS c${at}`)
  let sql = `SELECT ${distinct ? 'DISTINCT ' : ''}${aliases.join(', ')} FROM ${writing.name}`
  if (where) sql += ` WHERE ${conditionSql(where, writing)}`
  const names = fields.map((_, at) => `c${at}`).join(', ') || '1'
  sql = `SELECT ${names} FROM (${sql}) d`
  if (after) sql += ` WHERE ${afterSql(terms, after, writing)}`
  return `${sql} ORDER BY ${orderSql(terms, writing)}${limitSql(select, writing)}`
}

/** The rows of many groups at once, each row with its group's key at the end. */
function eachSql(select: Select, writing: Writing): string {
  const { fields, order = [], each } = select
  const { by, through, limit } = each as Each
  const rows = within(writing)
  const groups = through ? within(writing, 2) : rows
  const listed = [...fields.map((field) => fieldSql(field, rows)), columnSql(groups, by)]
  const aliases = listed.map((sql, at) => `${sql} AS c${at}`)
  const names = aliases.map((_, at) => `c${at}`).join(', ')
  const terms = order.map(({ field, descending, nulls }, at): OrderedExpression => {
    const { kind, nullable } = field.column
    aliases.push(`${fieldSql(field, rows)} AS o${at}`)
    return { sql: `o${at}`, kind, nullable: nullable || !!field.mask, descending, nulls }
  })
  const inner = `SELECT ${aliases.join(', ')} ${groupsSql(select, { rows, groups })}`
  const sorted = orderSql(terms, writing)
  if (limit === undefined) return `SELECT ${names} FROM (${inner}) g ORDER BY ${sorted}`
  const number = `row_number() OVER (PARTITION BY c${fields.length} ORDER BY ${sorted}) AS n`
  const most = writing.parameters.bind(limit, 'integer')
  return `SELECT ${names} FROM (SELECT g.*, ${number} FROM (${inner}) g) h WHERE n <= ${most} ORDER BY n`
}

/** Which rows the groups have, and from where. */
function groupsSql(
  { model, where, each }: Select,
  { rows, groups }: { rows: Writing; groups: Writing },
): string {
  const { keys, by, through } = each as Each
  const { dialect, parameters } = rows
  let sql = `FROM ${dialect.quote(model.name)} ${rows.name}`
  if (through) {
    const link = `${columnSql(groups, through.to)} = ${columnSql(rows, model.key)}`
    sql += ` JOIN ${dialect.quote(through.model.name)} ${groups.name} ON ${link}`
  }
  const list = parameters.bindList(keys, by.kind)
  const parts = [dialect.memberOf(columnSql(groups, by), list, by.kind)]
  if (through?.where) parts.push(conditionSql(through.where, groups))
  if (where) parts.push(conditionSql(where, { ...rows, depth: groups.depth }))
  return `${sql} WHERE ${parts.join(' AND ')}`
}
