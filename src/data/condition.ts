import { isUuid } from '../kernel/index.ts'
import type { ColumnKind } from './column.ts'
import {
  isOperator,
  type JsonScalar,
  jsonScalarOf,
  type Operand,
  type Operator,
  toJsonOperand,
  toOperand,
} from './operand.ts'
import { Problem } from './stored.ts'
import type { StoredValue } from './value.ts'

/** As much of a column as a filter on it needs. */
export interface FilterColumn {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable: boolean
}

/** What a filter compares: a column, perhaps seen through a mask. */
export interface FilterField {
  readonly column: FilterColumn
}

/** One comparison, its operand in stored form. Null is only compared by `eq` and `ne`. */
export interface Comparing<F> {
  readonly type: 'compare'
  readonly field: F
  /** Where in a JSON column the value is that is compared, and as what. */
  readonly json?: JsonPlace | undefined
  readonly operator: Operator
  /** A list for `in`, one value otherwise. */
  readonly operand: Operand
}

export interface JsonPlace {
  /** Strings are keys of objects, numbers are places in arrays. */
  readonly path: readonly (string | number)[]
  /** A value of another type counts as none. */
  readonly as: JsonScalar
}

/** A test for rows of another table that belong to the row. */
export interface Relating<F, R> {
  readonly type: 'related'
  readonly relation: R
  /** The value of the row's side of the relation, where it is known beforehand. */
  readonly known?: StoredValue | undefined
  /** What must hold for one of those rows; all rows will do without. */
  readonly where: ConditionTree<F, R> | undefined
  /** What must hold for the row between, where the relation goes through a table. */
  readonly through: ConditionTree<F, R> | undefined
}

/** A filter that was read and checked: what stores and `matches` work on. */
export type ConditionTree<F, R = never> =
  | Comparing<F>
  | { readonly type: 'all' | 'any'; readonly items: readonly ConditionTree<F, R>[] }
  | { readonly type: 'not'; readonly item: ConditionTree<F, R> }
  | Relating<F, R>

/** The condition that every row meets, and the one that none does. */
export const ALWAYS: ConditionTree<never> = { type: 'all', items: [] }
export const NEVER: ConditionTree<never> = { type: 'any', items: [] }

/** Makes the error for a mistake at `path`. */
export type FilterFault = (path: string, problem: string) => Error

/** The names that a filter can use: those of one table, as one asker may use them. */
export interface FilterScope<F extends FilterField, R = never> {
  /** The field of this name. Throws when the asker may not name it. */
  field(name: string): F | undefined
  relation?(name: string): RelationScope<F, R> | undefined
  /** What a comparison comes to for the asker, where that is not what it says. */
  compare?(comparing: Comparing<F>): ConditionTree<F, R>
}

/** A relation, and what a filter can say about the rows at its other end. */
export interface RelationScope<F extends FilterField, R> {
  readonly relation: R
  readonly many: boolean
  /** What must hold for the row itself, so that the asker may know where its relation leads. */
  readonly near?: ConditionTree<F, R> | undefined
  readonly scope: FilterScope<F, R>
  /** Which of those rows exist for the asker; undefined means all. */
  readonly visible: ConditionTree<F, R> | undefined
  /** The same for the rows of the table between. */
  readonly through: ConditionTree<F, R> | undefined
}

export interface ReadFilterOptions<F extends FilterField, R> {
  readonly scope: FilterScope<F, R>
  readonly fault: FilterFault
  /** Checks names and shape, and lets any operand pass. */
  readonly namesOnly?: boolean
}

const MAX_DEPTH = 32
/** SQLite's expressions end at a depth of 1,000, and each link of a chain is one deeper. */
const MAX_PARTS = 500
const MAX_LIST = 1000
const MAX_PATH = 32

/**
 * Reads a filter of unknown origin. Nothing in it is ever dropped: what is not understood (an unknown
 * column or operator, an undefined value, a value of the wrong type, an object with a prototype of
 * its own) is the error that `fault` makes.
 */
export function readFilter<F extends FilterField, R = never>(
  filter: unknown,
  { scope, fault, namesOnly = false }: ReadFilterOptions<F, R>,
): ConditionTree<F, R> {
  return new FilterReader<F, R>(fault, namesOnly).filter(filter, { scope, path: '', depth: 0 })
}

/** Where in a filter the reader is. */
interface Place<F extends FilterField, R> {
  readonly scope: FilterScope<F, R>
  readonly path: string
  readonly depth: number
}

class FilterReader<F extends FilterField, R> {
  readonly #fault: FilterFault
  readonly #namesOnly: boolean
  #parts = 0

  constructor(fault: FilterFault, namesOnly: boolean) {
    this.#fault = fault
    this.#namesOnly = namesOnly
  }

  filter(filter: unknown, place: Place<F, R>): ConditionTree<F, R> {
    const { path, depth } = place
    if (!isPlainObject(filter)) {
      throw this.#fault(path || 'filter', `Expected an object, got ${describe(filter)}.`)
    }
    if (depth > MAX_DEPTH) throw this.#fault(path, `Nested more than ${MAX_DEPTH} levels deep.`)
    this.#count(path)
    const keys = Object.keys(filter)
    if (keys.length === 1) return this.#entry(filter, keys[0] as string, place)
    // One order for every spelling of a filter: one plan, and one meaning for a cursor.
    const items = keys.sort().map((key) => this.#entry(filter, key, place))
    return { type: 'all', items }
  }

  #entry(filter: Record<string, unknown>, key: string, place: Place<F, R>): ConditionTree<F, R> {
    const value = filter[key]
    const field = place.scope.field(key)
    if (field) return this.#condition(field, value, place)
    const inner = { ...place, path: join(place.path, key), depth: place.depth + 1 }
    if (key === 'and') return { type: 'all', items: this.#filters(value, inner) }
    if (key === 'or') return { type: 'any', items: this.#filters(value, inner) }
    if (key === 'not') return { type: 'not', item: this.filter(value, inner) }
    const related = place.scope.relation?.(key)
    if (!related) throw this.#fault(inner.path, 'Unknown column.')
    const there = { ...inner, scope: related.scope }
    return related.many ? this.#many(related, value, there) : this.#one(related, value, there)
  }

  #filters(value: unknown, place: Place<F, R>): ConditionTree<F, R>[] {
    const { path } = place
    if (!Array.isArray(value)) {
      throw this.#fault(path, `Expected an array of filters, got ${describe(value)}.`)
    }
    // Not `map`: it skips the holes of a sparse array.
    return Array.from(value, (item, at) => this.filter(item, { ...place, path: `${path}.${at}` }))
  }

  #one(related: RelationScope<F, R>, value: unknown, place: Place<F, R>): ConditionTree<F, R> {
    if (value === null) return { type: 'not', item: relating(related, undefined) }
    return relating(related, this.filter(value, place))
  }

  #many(related: RelationScope<F, R>, value: unknown, place: Place<F, R>): ConditionTree<F, R> {
    const { path } = place
    const quantifiers = isPlainObject(value) ? Object.keys(value).sort() : []
    if (quantifiers.length === 0) {
      throw this.#fault(path, `Expected some, every or none with a filter, got ${describe(value)}.`)
    }
    const items = quantifiers.map((quantifier): ConditionTree<F, R> => {
      const inner = { ...place, path: `${path}.${quantifier}` }
      const nested = (value as Record<string, unknown>)[quantifier]
      if (quantifier === 'some') return relating(related, this.filter(nested, inner))
      if (quantifier === 'none') {
        return { type: 'not', item: relating(related, this.filter(nested, inner)) }
      }
      if (quantifier !== 'every') throw this.#fault(inner.path, 'Expected some, every or none.')
      const item: ConditionTree<F, R> = { type: 'not', item: this.filter(nested, inner) }
      return { type: 'not', item: relating(related, item) }
    })
    return items.length === 1 ? (items[0] as ConditionTree<F, R>) : { type: 'all', items }
  }

  #condition(field: F, value: unknown, place: Place<F, R>): ConditionTree<F, R> {
    if (!isPlainObject(value)) return this.#compare({ field, operator: 'eq', value, place })
    if ('path' in value && field.column.kind === 'json') return this.#inside(field, value, place)
    return this.#comparisons({ field, comparisons: value, place })
  }

  /** `{ path: ['a', '0'], gt: 1 }`: what is compared stands inside a JSON column. */
  #inside(field: F, value: Record<string, unknown>, place: Place<F, R>): ConditionTree<F, R> {
    const { path: steps, ...comparisons } = value
    const valid =
      Array.isArray(steps) && steps.length > 0 && steps.length <= MAX_PATH && steps.every(isStep)
    if (!valid) {
      const expected =
        `Expected 1 to ${MAX_PATH} keys of objects (strings without quotes, backslashes, control ` +
        'characters and a hyphen at their beginning) and places in arrays (integers from 0).'
      throw this.#fault(`${join(place.path, field.column.name)}.path`, expected)
    }
    return this.#comparisons({ field, comparisons, place, steps: [...steps] })
  }

  #comparisons(options: {
    readonly field: F
    readonly comparisons: Record<string, unknown>
    readonly place: Place<F, R>
    readonly steps?: JsonPlace['path']
  }): ConditionTree<F, R> {
    const { field, comparisons, place, steps } = options
    const compare = (operator: string): ConditionTree<F, R> =>
      this.#compare({ field, operator, value: comparisons[operator], place, steps, spelled: true })
    const operators = Object.keys(comparisons)
    if (operators.length === 1) return compare(operators[0] as string)
    if (operators.length > 1) return { type: 'all', items: operators.sort().map(compare) }
    const here = join(place.path, field.column.name)
    throw this.#fault(here, 'Expected a comparison, got an empty object.')
  }

  #compare(options: {
    readonly field: F
    readonly operator: string
    readonly value: unknown
    readonly place: Place<F, R>
    readonly steps?: JsonPlace['path'] | undefined
    /** Whether the operator was written out. */
    readonly spelled?: boolean
  }): ConditionTree<F, R> {
    const { field, operator, value, place, steps, spelled } = options
    const { scope, path } = place
    this.#count(path)
    const operand = isOperator(operator)
      ? this.#operand(field.column, operator, { value, steps })
      : UNKNOWN_OPERATOR
    if (operand instanceof Problem) {
      const here = join(path, field.column.name)
      throw this.#fault(spelled ? `${here}.${operator}` : here, operand.message)
    }
    const json = steps && { path: steps, as: jsonScalarOf(value) }
    // Only a known operator comes with an operand.
    const comparing: Comparing<F> = {
      type: 'compare',
      field,
      json,
      operator: operator as Operator,
      operand,
    }
    const asked = (one: Comparing<F>) => scope.compare?.(one) ?? one
    const possible = field.column.kind === 'uuid' ? possibleIds(operand) : operand
    if (possible === operand) return asked(comparing)
    const among = asked({ ...comparing, operator: 'in', operand: possible })
    return operator === 'ne' ? { type: 'not', item: among } : among
  }

  #count(path: string): void {
    this.#parts += 1
    if (this.#parts > MAX_PARTS)
      throw this.#fault(path || 'filter', `More than ${MAX_PARTS} parts.`)
  }

  #operand(
    { kind }: FilterColumn,
    operator: Operator,
    { value, steps }: { value: unknown; steps: JsonPlace['path'] | undefined },
  ): Operand | Problem {
    if (operator === 'in' && Array.isArray(value) && value.length > MAX_LIST) return TOO_LONG
    if (this.#namesOnly) return null
    return steps ? toJsonOperand(operator, value) : toOperand(kind, operator, value)
  }
}

/** MariaDB finds no key that begins with a hyphen: refused everywhere rather than missed there. */
function isStep(step: unknown): step is string | number {
  if (typeof step === 'number') return Number.isSafeInteger(step) && step >= 0 && step < 2 ** 31
  return typeof step === 'string' && step.isWellFormed() && /^(?!-)[^"\\\p{Cc}]{1,200}$/u.test(step)
}

/**
 * Of what UUIDs are compared with, those that a row could have. What is no UUID in its one spelling
 * equals none: databases with a type for UUIDs would refuse it, or take another spelling for the same.
 */
function possibleIds(operand: Operand): Operand {
  if (Array.isArray(operand)) return operand.every(isUuid) ? operand : operand.filter(isUuid)
  return operand === null || isUuid(operand) ? operand : []
}

const UNKNOWN_OPERATOR = new Problem('Unknown operator.')
const TOO_LONG = new Problem(`More than ${MAX_LIST} values.`)

function relating<F extends FilterField, R>(
  { relation, near, visible, through }: RelationScope<F, R>,
  where: ConditionTree<F, R> | undefined,
): ConditionTree<F, R> {
  const related = { type: 'related', relation, where: both(visible, where), through } as const
  return near ? { type: 'all', items: [near, related] } : related
}

/** The condition that both hold; undefined where nothing is asked. */
export function both<F, R>(
  a: ConditionTree<F, R> | undefined,
  b: ConditionTree<F, R> | undefined,
): ConditionTree<F, R> | undefined {
  if (!a || !b) return a ?? b
  return { type: 'all', items: [a, b] }
}

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
  return isPlainObject(value) ? 'an empty object' : 'an object with a prototype of its own'
}
