import type { Comparing, ConditionTree, FilterColumn } from './condition.ts'
import { satisfies } from './decide.ts'
import type { Dialect, StoredValue } from './driver.ts'

/** A column that can be written into SQL. */
export interface SqlColumn extends FilterColumn {
  /** Its quoted name. */
  readonly sql: string
}

/** Collects the parameters of one statement while its text is written. */
export class Parameters {
  readonly values: StoredValue[] = []
  readonly #dialect: Dialect

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** Adds a parameter and returns its placeholder. */
  bind(value: StoredValue): string {
    return this.#dialect.placeholder(this.values.push(value))
  }
}

export interface CompileOptions {
  readonly dialect: Dialect
  readonly parameters: Parameters
  /** Columns whose values are known beforehand: comparisons with them are decided here. */
  readonly known?: ReadonlyMap<string, StoredValue> | undefined
}

export const ALWAYS = '1=1'
export const NEVER = '1=0'

/**
 * Writes a condition as SQL. The text says all about its shape, so it is the key of the plan cache;
 * all that varies within a shape is in the parameters.
 *
 * SQL's own logic has a third value. No part of the text can yield it where it would matter: below
 * `not`, every comparison with a nullable column also says what holds for null.
 */
export function compileCondition(
  condition: ConditionTree<SqlColumn>,
  options: CompileOptions,
): string {
  return write(condition, options, false)
}

function write(
  condition: ConditionTree<SqlColumn>,
  options: CompileOptions,
  negated: boolean,
): string {
  if (condition.type === 'compare') return comparison(condition, options, negated)
  if (condition.type === 'not') return `NOT (${write(condition.item, options, true)})`
  const { items } = condition
  const all = condition.type === 'all'
  const [first] = items
  if (first === undefined) return all ? ALWAYS : NEVER
  let sql = write(first, options, negated)
  const glue = all ? ' AND ' : ' OR '
  for (let at = 1; at < items.length; at++) {
    sql += glue + write(items[at] as ConditionTree<SqlColumn>, options, negated)
  }
  return items.length === 1 ? sql : `(${sql})`
}

function comparison(
  condition: Comparing<SqlColumn>,
  options: CompileOptions,
  negated: boolean,
): string {
  const { column } = condition
  const known = options.known?.get(column.name)
  if (known !== undefined) return satisfies(condition, known) ? ALWAYS : NEVER
  const sql = compare(condition, options)
  const guarded = negated && column.nullable && condition.operand !== null
  if (!guarded || condition.operator === 'ne') return sql
  return `(${sql} AND ${column.sql} IS NOT NULL)`
}

function compare(
  { column, operator, operand }: Comparing<SqlColumn>,
  options: CompileOptions,
): string {
  const { sql } = column
  if (operand === null) return `${sql} IS ${operator === 'ne' ? 'NOT ' : ''}NULL`
  const { parameters, dialect } = options
  if (operator === 'in') {
    const list = operand as readonly StoredValue[]
    if (list.length === 0) return NEVER
    return dialect.memberOf(sql, parameters.bind(dialect.list(list)), column.kind)
  }
  const value = operand as StoredValue
  if (operator === 'startsWith') return startsWith(sql, value as string, parameters)
  const parameter = parameters.bind(value)
  if (operator === 'contains') return dialect.contains(sql, parameter)
  if (operator === 'ne' && column.nullable) return `(${sql} <> ${parameter} OR ${sql} IS NULL)`
  return `${sql} ${SYMBOLS[operator]} ${parameter}`
}

const SYMBOLS = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/** A prefix is a range, and a range can be read from an index. */
function startsWith(sql: string, prefix: string, parameters: Parameters): string {
  if (prefix === '') return `${sql} IS NOT NULL`
  const from = `${sql} >= ${parameters.bind(prefix)}`
  const end = endOfPrefix(prefix)
  return end === undefined ? from : `(${from} AND ${sql} < ${parameters.bind(end)})`
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
