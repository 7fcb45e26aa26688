import type { Comparing } from '../../../condition.ts'
import type { Field, Model, QueryCondition } from '../../../model.ts'
import type { Joined, OrderTerm, Select } from '../../../query.ts'
import type { StoredValue } from '../../../value.ts'
import type { Dialect } from '../dialect.ts'
import type { Statement } from '../driver.ts'

/** A step in the tree of all plain selects: each says one thing more about them. */
interface Place {
  /** That of the select which ends here. */
  statement?: Statement
  readonly next: Map<number, Place>
}

/** A plain select: where its statement is kept, once it has one, and its parameters. */
export interface Plain {
  readonly place: Place
  readonly params: readonly unknown[]
}

/** What a step can say; all but the first five say it of a column or of so many parts. */
const SAYS = [
  'single',
  'several',
  'named',
  'not',
  'limit',
  'all',
  'any',
  'null',
  'given',
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'ascending, nulls first',
  'ascending, nulls last',
  'descending, nulls first',
  'descending, nulls last',
  'joined',
] as const
type Says = (typeof SAYS)[number]

const CODES = Object.fromEntries(SAYS.map((says, code) => [says, code])) as Record<Says, number>

/** The operators whose text does not depend on what is compared. */
const PLAIN: ReadonlySet<string> = new Set<Says>(['eq', 'ne', 'gt', 'gte', 'lt', 'lte'])

const NO_ORDER: readonly OrderTerm[] = []
const NO_JOINS: readonly Joined[] = []

/** Callers may ask for any number of shapes: the places of so many steps are kept. */
const CAPACITY = 5000

/**
 * Finds the statements of plain selects without writing their text, which is most of what a small
 * query costs: whole rows of one table, by comparisons of its columns. All that their text depends on
 * is a step on the way to a place. A query with anything else in it has no place.
 */
export class PlainSelects {
  readonly #encode: Dialect['encode']
  #roots: WeakMap<Model, Place> = new WeakMap()
  #size = 0

  constructor({ encode }: Pick<Dialect, 'encode'>) {
    this.#encode = encode
  }

  find(select: Select): Plain | undefined {
    const { model, where, order = NO_ORDER, limit } = select
    if (!readsWholeRows(select)) return undefined
    const params: unknown[] = []
    let place = this.#step(this.#rootOf(model), beginningOf(select))
    for (const { relation } of select.joined ?? NO_JOINS) {
      place = this.#step(place, 'joined', relation.local.position)
    }
    const after = where ? this.#condition(place, where, params) : place
    if (!after) return undefined
    place = after
    for (const { field, descending, nulls } of order) {
      if (field.mask) return undefined
      const direction = descending ? 'descending' : 'ascending'
      place = this.#step(place, `${direction}, nulls ${nulls}`, field.column.position)
    }
    if (limit === undefined) return { place, params }
    params.push(limit)
    return { place: this.#step(place, 'limit'), params }
  }

  #rootOf(model: Model): Place {
    const known = this.#roots.get(model)
    if (known) return known
    const root: Place = { next: new Map() }
    this.#roots.set(model, root)
    return root
  }

  #step(from: Place, says: Says, of = 0): Place {
    const code = CODES[says] + of * SAYS.length
    const known = from.next.get(code)
    if (known) return known
    if (this.#size === CAPACITY) {
      this.#roots = new WeakMap()
      this.#size = 0
    }
    this.#size += 1
    const place: Place = { next: new Map() }
    from.next.set(code, place)
    return place
  }

  #condition(from: Place, condition: QueryCondition, params: unknown[]): Place | undefined {
    const { type } = condition
    if (type === 'compare') return this.#comparison(from, condition, params)
    if (type === 'not') return this.#condition(this.#step(from, 'not'), condition.item, params)
    if (type === 'related') return undefined
    let place = this.#step(from, type, condition.items.length)
    for (const item of condition.items) {
      const after = this.#condition(place, item, params)
      if (!after) return undefined
      place = after
    }
    return place
  }

  #comparison(from: Place, comparing: Comparing<Field>, params: unknown[]): Place | undefined {
    const { field, json, operator, operand } = comparing
    const { position, kind } = field.column
    if (json || !PLAIN.has(operator)) return undefined
    if (operand === null) return this.#step(from, operator === 'ne' ? 'given' : 'null', position)
    // None of these operators compares with a list.
    const value = operand as StoredValue
    params.push(this.#encode ? this.#encode(kind, value) : value)
    return this.#step(from, operator as Says, position)
  }
}

function beginningOf({ single, named }: Select): Says {
  if (single) return 'single'
  return named ? 'named' : 'several'
}

function readsWholeRows(select: Select): boolean {
  const { model, fields, joined, after, distinct, each, lock } = select
  if (fields !== model.fields || after || distinct || each || lock) return false
  return !joined || joined.every(isWhole)
}

/** A column leads to one table by its reference alone: which it is says all about the join. */
function isWhole({ relation, fields, where }: Joined): boolean {
  return !where && fields === relation.target.fields
}
