import type { ColumnKind } from './column.ts'
import { isOperator, type Operand, type Operator, toOperand } from './operand.ts'
import { Problem } from './stored.ts'

/** As much of a column as a filter on it needs. */
export interface FilterColumn {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable: boolean
}

/** One comparison, its operand in stored form. Null is only compared by `eq` and `ne`. */
export interface Comparing<Col extends FilterColumn = FilterColumn> {
  readonly type: 'compare'
  readonly column: Col
  readonly operator: Operator
  /** A list for `in`, one value otherwise. */
  readonly operand: Operand
}

/** A filter that was read and checked: what the SQL compiler and `matches` both work on. */
export type ConditionTree<Col extends FilterColumn = FilterColumn> =
  | Comparing<Col>
  | { readonly type: 'all' | 'any'; readonly items: readonly ConditionTree<Col>[] }
  | { readonly type: 'not'; readonly item: ConditionTree<Col> }

/** Makes the error for a mistake at `path`. */
export type FilterFault = (path: string, problem: string) => Error

export interface ReadFilterOptions<Col extends FilterColumn> {
  readonly columns: ReadonlyMap<string, Col>
  readonly fault: FilterFault
  /** Checks names and shape, and lets any operand pass. */
  readonly namesOnly?: boolean
}

const MAX_DEPTH = 32
/** SQLite's expressions end at a depth of 1,000, and each link of a chain is one deeper. */
const MAX_PARTS = 500
const MAX_LIST = 1000

/**
 * Reads a filter of unknown origin. Nothing in it is ever dropped: what is not understood (an unknown
 * column or operator, an undefined value, a value of the wrong type, an object with a prototype of
 * its own) is the error that `fault` makes.
 */
export function readFilter<Col extends FilterColumn>(
  filter: unknown,
  options: ReadFilterOptions<Col>,
): ConditionTree<Col> {
  return new FilterReader(options).filter(filter, '', 0)
}

class FilterReader<Col extends FilterColumn> {
  readonly #columns: ReadonlyMap<string, Col>
  readonly #fault: FilterFault
  readonly #namesOnly: boolean
  #parts = 0

  constructor({ columns, fault, namesOnly = false }: ReadFilterOptions<Col>) {
    this.#columns = columns
    this.#fault = fault
    this.#namesOnly = namesOnly
  }

  filter(filter: unknown, path: string, depth: number): ConditionTree<Col> {
    if (!isPlainObject(filter)) {
      throw this.#fault(path || 'filter', `Expected an object, got ${describe(filter)}.`)
    }
    if (depth > MAX_DEPTH) throw this.#fault(path, `Nested more than ${MAX_DEPTH} levels deep.`)
    this.#count(path)
    const keys = Object.keys(filter)
    if (keys.length === 1) return this.#entry(filter, keys[0] as string, path, depth)
    // One order for every spelling of a filter: one plan, and one meaning for a cursor.
    const items = keys.sort().map((key) => this.#entry(filter, key, path, depth))
    return { type: 'all', items }
  }

  #entry(
    filter: Record<string, unknown>,
    key: string,
    path: string,
    depth: number,
  ): ConditionTree<Col> {
    const value = filter[key]
    const column = this.#columns.get(key)
    if (column) return this.#condition(column, value, path)
    const here = path ? `${path}.${key}` : key
    if (key === 'and') return { type: 'all', items: this.#filters(value, here, depth) }
    if (key === 'or') return { type: 'any', items: this.#filters(value, here, depth) }
    if (key === 'not') return { type: 'not', item: this.filter(value, here, depth + 1) }
    throw this.#fault(here, 'Unknown column.')
  }

  #filters(value: unknown, path: string, depth: number): ConditionTree<Col>[] {
    if (!Array.isArray(value)) {
      throw this.#fault(path, `Expected an array of filters, got ${describe(value)}.`)
    }
    // Not `map`: it skips the holes of a sparse array.
    return Array.from(value, (item, at) => this.filter(item, `${path}.${at}`, depth + 1))
  }

  #condition(column: Col, value: unknown, path: string): ConditionTree<Col> {
    if (!isPlainObject(value)) return this.#compare(column, 'eq', value, path)
    const operators = Object.keys(value)
    if (operators.length === 1) {
      const operator = operators[0] as string
      return this.#compare(column, operator, value[operator], path, operator)
    }
    if (operators.length === 0) {
      throw this.#fault(join(path, column.name), 'Expected a comparison, got an empty object.')
    }
    const items = operators
      .sort()
      .map((operator) => this.#compare(column, operator, value[operator], path, operator))
    return { type: 'all', items }
  }

  #compare(
    column: Col,
    operator: string,
    value: unknown,
    path: string,
    spelled?: string,
  ): ConditionTree<Col> {
    this.#count(path)
    const operand = isOperator(operator) ? this.#operand(column, operator, value) : UNKNOWN_OPERATOR
    if (operand instanceof Problem) {
      const here = join(path, column.name)
      throw this.#fault(spelled === undefined ? here : `${here}.${spelled}`, operand.message)
    }
    // Only a known operator comes with an operand.
    return { type: 'compare', column, operator: operator as Operator, operand }
  }

  #count(path: string): void {
    this.#parts += 1
    if (this.#parts > MAX_PARTS)
      throw this.#fault(path || 'filter', `More than ${MAX_PARTS} parts.`)
  }

  #operand(column: Col, operator: Operator, value: unknown): Operand | Problem {
    if (operator === 'in' && Array.isArray(value) && value.length > MAX_LIST) return TOO_LONG
    return this.#namesOnly ? null : toOperand(column.kind, operator, value)
  }
}

const UNKNOWN_OPERATOR = new Problem('Unknown operator.')
const TOO_LONG = new Problem(`More than ${MAX_LIST} values.`)

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name
}

/** An object literal. What has a prototype of its own may carry keys that `Object.keys` hides. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (value === null || typeof value !== 'object')
    return String(value === null ? null : typeof value)
  return 'an object with a prototype of its own'
}

/** Collects every column that a condition depends on. */
export function columnsOf(condition: ConditionTree, found: Set<string> = new Set()): Set<string> {
  if (condition.type === 'compare') found.add(condition.column.name)
  else if (condition.type === 'not') columnsOf(condition.item, found)
  else for (const item of condition.items) columnsOf(item, found)
  return found
}
