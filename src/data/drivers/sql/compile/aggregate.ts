import { kindOf } from '../../../aggregate.ts'
import type { ConditionTree } from '../../../condition.ts'
import type { Aggregate, AggregateValue } from '../../../query.ts'
import type { Dialect } from '../dialect.ts'
import { comparisonSql, conditionSql, fieldSql, joined } from './condition.ts'
import { orderSql } from './keyset.ts'
import type { Written } from './select.ts'
import { type Expression, Parameters, type Writing, writingOf } from './writing.ts'

/**
 * Writes a query about groups. What is asked of the values (having, order) is asked of the answer of
 * an inner query, so that nothing is written twice.
 */
export function aggregateSql(query: Aggregate, dialect: Dialect): Written {
  const { model, groups, values, where, having, order = [], limit } = query
  const parameters = new Parameters(dialect)
  const writing = writingOf(dialect, model.name, parameters)
  const grouped = groups.map((field) => fieldSql(field, writing))
  const computed = values.map((value) => valueSql(value, writing))
  const columns = [...grouped, ...computed].map((sql, at) => `${sql} AS c${at}`)
  let sql = `SELECT ${columns.join(', ')} FROM ${writing.name}`
  if (where) sql += ` WHERE ${conditionSql(where, writing)}`
  if (groups.length > 0) sql += ` GROUP BY ${groups.map((_, at) => at + 1).join(', ')}`
  const answered = answersOf(query)
  if (having || order.length > 0 || limit !== undefined) {
    sql = `SELECT ${columns.map((_, at) => `c${at}`).join(', ')} FROM (${sql}) a`
    if (having) sql += ` WHERE ${havingSql(having, { query, answered, writing, negated: false })}`
    const terms = order.map(({ position, ...placed }) => ({
      ...(answered[position] as Expression),
      ...placed,
    }))
    if (terms.length > 0) sql += ` ORDER BY ${orderSql(terms, writing)}`
    if (limit !== undefined) sql += ` LIMIT ${parameters.bindLimit(limit)}`
  }
  return { sql, params: parameters.values, kinds: () => answered.map(({ kind }) => kind) }
}

function valueSql({ name, field }: AggregateValue, writing: Writing): string {
  if (!field) return 'count(*)'
  return writing.dialect.aggregate(name, fieldSql(field, writing), field.column.kind)
}

/** What each column answered can be compared as. */
function answersOf({ groups, values }: Aggregate): readonly Expression[] {
  const ofGroups = groups.map(({ column, mask }) => ({
    kind: column.kind,
    nullable: column.nullable || mask !== undefined,
  }))
  const ofValues = values.map((value) => ({
    kind: kindOf(value),
    nullable: value.name !== 'count',
  }))
  return [...ofGroups, ...ofValues].map((answer, at) => ({ ...answer, sql: `c${at}` }))
}

interface Having {
  readonly query: Aggregate
  readonly answered: readonly Expression[]
  readonly writing: Writing
  readonly negated: boolean
}

function havingSql(condition: ConditionTree<AggregateValue>, having: Having): string {
  switch (condition.type) {
    case 'compare': {
      const { query, answered } = having
      const at = query.groups.length + query.values.indexOf(condition.field)
      return comparisonSql(condition, answered[at] as Expression, having)
    }
    case 'not':
      return `NOT (${havingSql(condition.item, { ...having, negated: true })})`
    case 'related':
      throw new Error('Values of groups have no relations.')
    default:
      return joined(
        condition.items.map((item) => havingSql(item, having)),
        condition.type,
      )
  }
}
