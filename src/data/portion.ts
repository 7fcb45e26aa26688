import { type Context, read, readNamed, readsNamed } from './context.ts'
import { includeRelated } from './include.ts'
import { chain } from './maybe-promise.ts'
import { decodeRows, type Field, type Model } from './model.ts'
import type { OrderTerm, Select } from './query.ts'
import type { AnyRow } from './reads.ts'
import type { Shape } from './shape.ts'
import type { MaybePromise, StoredValue } from './value.ts'

/** How the rows of a list are read, a portion at a time. */
export interface Portions {
  /** With the order's columns among the fields, also where they are not asked for. */
  readonly shape: Shape
  readonly order: readonly OrderTerm[]
  /** Where the columns of the order stand in what is read. */
  readonly places: readonly number[]
  /** Whether rows come as objects: selects then say so. */
  readonly named: boolean
}

/** Some rows of a list in order. */
export interface Portion {
  readonly items: AnyRow[]
  /** The order's columns in the last of them, as stored; undefined where the list ends. */
  readonly end: readonly StoredValue[] | undefined
}

export function portionsOf(
  context: Context,
  { model, shape, order }: { model: Model; shape: Shape; order: readonly OrderTerm[] },
): Portions {
  const { fields, places } = withOrder(shape.fields, order)
  const whole = fields === model.fields && shape.inclusions.length === 0
  return {
    shape: fields === shape.fields ? shape : { ...shape, fields },
    order,
    places,
    named: whole && readsNamed(context),
  }
}

function withOrder(
  fields: readonly Field[],
  order: readonly OrderTerm[],
): { fields: readonly Field[]; places: readonly number[] } {
  let all: Field[] | undefined
  const places = order.map(({ field }) => {
    const at = (all ?? fields).findIndex(({ column }) => column === field.column)
    if (at >= 0) return at
    all ??= [...fields]
    return all.push(field) - 1
  })
  return { fields: all ?? fields, places }
}

/** Reads `size` rows at the most. The list goes on where as many are found as the select takes. */
export function readPortion(
  context: Context,
  { shape, order, places, named }: Portions,
  { select, size }: { select: Select; size: number },
): MaybePromise<Portion> {
  if (named) {
    return chain(readNamed(context, select), (rows) => {
      const last = rows.length === select.limit ? rows[size - 1] : undefined
      if (rows.length > size) rows.length = size
      // As stored: before anything in the row is decoded.
      const end = last && order.map(({ field }) => last[field.column.name] ?? null)
      return { items: decodeRows(select.model, rows), end }
    })
  }
  return chain(read(context, select), (rows) => {
    const last = rows.length === select.limit ? rows[size - 1] : undefined
    const kept = rows.length > size ? rows.slice(0, size) : rows
    const end = last && places.map((at) => last[at] ?? null)
    return chain(includeRelated(context, shape, kept), (items) => ({ items, end }))
  })
}
