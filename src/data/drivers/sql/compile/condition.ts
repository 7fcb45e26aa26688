import type { Comparing, JsonPlace } from '../../../condition.ts'
import type { Field, QueryCondition } from '../../../model.ts'
import type { StoredValue } from '../../../value.ts'
import { columnSql, type Expression, type Writing, within } from './writing.ts'

export const TRUE = '1=1'
export const FALSE = '1=0'

/**
 * Writes a condition as SQL. The text says all about its shape, so it is the key of the plan cache;
 * all that varies within a shape is in the parameters.
 *
 * SQL's own logic has a third value. No part of the text can yield it where it would matter: below
 * `not`, every comparison with something nullable also says what holds for null.
 */
export function conditionSql(condition: QueryCondition, writing: Writing): string {
  return write(condition, writing, false)
}

function write(condition: QueryCondition, writing: Writing, negated: boolean): string {
  switch (condition.type) {
    case 'compare':
      return comparisonSql(condition, columnOf(condition.field, writing), { writing, negated })
    case 'related':
      return relatedSql(condition, writing)
    case 'not':
      return `NOT (${write(condition.item, writing, true)})`
    default: {
      const { items, type } = condition
      return joined(
        items.map((item) => write(item, writing, negated)),
        type,
      )
    }
  }
}

/** Joins written conditions: all of none is true, any of none is false. */
export function joined(items: readonly string[], type: 'all' | 'any'): string {
  if (items.length === 0) return type === 'all' ? TRUE : FALSE
  const [first = ''] = items
  return items.length === 1 ? first : `(${items.join(type === 'all' ? ' AND ' : ' OR ')})`
}

function columnOf({ column }: Field, writing: Writing): Expression {
  return { sql: columnSql(writing, column), kind: column.kind, nullable: column.nullable }
}

/** Writes a field to be read: where it is masked, null in the rows that the mask leaves out. */
export function fieldSql({ column, mask }: Field, writing: Writing): string {
  const sql = columnSql(writing, column)
  if (!mask) return sql
  const hidden = mask.type === 'any' && mask.items.length === 0
  return hidden ? 'NULL' : `CASE WHEN ${conditionSql(mask, writing)} THEN ${sql} END`
}

/** Writes one comparison of an expression. */
export function comparisonSql(
  comparing: Omit<Comparing<unknown>, 'type' | 'field'>,
  expression: Expression,
  { writing, negated }: { writing: Writing; negated: boolean },
): string {
  const { operand, operator, json } = comparing
  if (json) return insideJsonSql({ ...comparing, json }, expression, writing)
  const sql = compareSql(comparing, expression, writing)
  const guarded = negated && expression.nullable && operand !== null
  if (!guarded || operator === 'ne') return sql
  return `(${sql} AND ${expression.sql} IS NOT NULL)`
}

/** Writes what is inside JSON once, since its parameters are bound once; there may be nothing there. */
function insideJsonSql(
  { json, operator, operand }: Omit<Comparing<unknown>, 'type' | 'field'> & { json: JsonPlace },
  { sql }: Expression,
  writing: Writing,
): string {
  const { dialect, parameters } = writing
  // What is not written is not bound.
  if (Array.isArray(operand) && operand.length === 0) return FALSE
  const value = dialect.jsonValue(sql, json.path, json.as, parameters.bind.bind(parameters))
  if (operator === 'startsWith') {
    const prefix = operand as string
    const length = parameters.bind(Array.from(prefix).length, 'integer')
    return `COALESCE(SUBSTR(${value}, 1, ${length}) = ${parameters.bind(prefix, 'text')}, ${FALSE})`
  }
  const there: Expression = { sql: value, kind: json.as, nullable: false }
  const compared = compareSql({ operator, operand }, there, writing)
  return `COALESCE(${compared}, ${operator === 'ne' ? TRUE : FALSE})`
}

function compareSql(
  { operator, operand }: Omit<Comparing<unknown>, 'type' | 'field'>,
  { sql, kind, nullable }: Expression,
  { parameters, dialect }: Writing,
): string {
  if (operand === null) return `${sql} IS ${operator === 'ne' ? 'NOT ' : ''}NULL`
  if (operator === 'in') {
    const list = operand as readonly StoredValue[]
    if (list.length === 0) return FALSE
    const [only] = list
    // A list of one is what a rule often comes to, and only an equality keeps an index in order.
    if (list.length === 1) return `${sql} = ${parameters.bind(only ?? null, kind)}`
    return dialect.memberOf(sql, parameters.bindList(list, kind), kind)
  }
  const value = operand as StoredValue
  if (operator === 'startsWith') {
    return startsWith(sql, value as string, (part) => parameters.bind(part, kind))
  }
  const parameter = parameters.bind(value, kind)
  if (operator === 'contains') return dialect.contains(sql, parameter)
  if (operator === 'endsWith') return dialect.endsWith(sql, parameter)
  if (operator === 'ne' && nullable) return `(${sql} <> ${parameter} OR ${sql} IS NULL)`
  return `${sql} ${SYMBOLS[operator]} ${parameter}`
}

const SYMBOLS = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/** A prefix is a range, and a range can be read from an index. */
function startsWith(sql: string, prefix: string, bind: (part: string) => string): string {
  if (prefix === '') return `${sql} IS NOT NULL`
  const from = `${sql} >= ${bind(prefix)}`
  const end = endOfPrefix(prefix)
  return end === undefined ? from : `(${from} AND ${sql} < ${bind(end)})`
}

/** The least text above all that begin with `prefix`; undefined when there is none. */
function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) as number)
  while (points.at(-1) === 0x10ffff) points.pop()
  const last = points.pop()
  if (last === undefined) return undefined
  // Surrogates are no characters: what follows U+D7FF is U+E000.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
}

/** A test for rows of another table: never null, whatever is in them. */
function relatedSql(
  { relation, known, where, through }: QueryCondition & { readonly type: 'related' },
  writing: Writing,
): string {
  const { target, foreign, local, kind } = relation
  const { dialect, parameters } = writing
  // Through its name, for the subquery has columns of the same names.
  const near =
    known === undefined
      ? `${writing.name}.${dialect.quote(local.name)}`
      : parameters.bind(known, local.kind)
  const there = within(writing)
  const between = relation.through
  if (!between) {
    const link = `${columnSql(there, foreign)} = ${near}`
    // A key that is there is one: nothing is left to ask of its row.
    if (kind === 'one' && !where && known === undefined) return `${near} IS NOT NULL`
    const parts = where ? [link, conditionSql(where, there)] : [link]
    return `EXISTS (SELECT 1 FROM ${dialect.quote(target.name)} ${there.name} WHERE ${parts.join(' AND ')})`
  }
  const middle = within(writing, 2)
  const parts = [`${columnSql(middle, between.from)} = ${near}`]
  if (through) parts.push(conditionSql(through, middle))
  const joins = `${dialect.quote(between.model.name)} ${middle.name}`
  const far = `${dialect.quote(target.name)} ${there.name}`
  const link = `${columnSql(there, foreign)} = ${columnSql(middle, between.to)}`
  if (where) parts.push(conditionSql(where, { ...there, depth: middle.depth }))
  return `EXISTS (SELECT 1 FROM ${joins} JOIN ${far} ON ${link} WHERE ${parts.join(' AND ')})`
}
