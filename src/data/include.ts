import { both } from './condition.ts'
import { type Context, read } from './context.ts'
import { chain, chainEach } from './maybe-promise.ts'
import { type Field, toRow } from './model.ts'
import type { Joined, Select } from './query.ts'
import type { Inclusion, Shape } from './shape.ts'
import type { MaybePromise, StoredRow, StoredValue } from './value.ts'
import { isOneOf } from './where.ts'

type Row = Record<string, unknown>

/**
 * Makes rows of what was read, and reads the relations asked for along with them: one query for each
 * relation of a level, however many rows there are.
 */
export function includeRelated(
  context: Context,
  shape: Shape,
  stored: readonly StoredRow[],
  joined: readonly Joined[] = [],
): MaybePromise<Row[]> {
  const { fields, asked, inclusions } = shape
  const own = asked === fields.length ? fields : fields.slice(0, asked)
  const rows = stored.map((row) => toRow(own, row))
  if (inclusions.length === 0) return rows
  const apart = inclusions.filter(
    ({ relation }) => !joined.some((join) => join.relation === relation),
  )
  attachJoined(joined, { fields, stored, rows })
  if (apart.length === 0) return rows
  return chain(
    chainEach(apart, (inclusion) => attach(context, inclusion, { fields, stored, rows })),
    () => rows,
  )
}

/**
 * The relations that the statement of a lone row reads along: those that lead to one row by its key, and
 * end there. Where the column that leads there is masked for some rows, they are read apart.
 */
export function joinsOf({ engine }: Context, { inclusions }: Shape): readonly Joined[] | undefined {
  if (inclusions.length === 0 || !engine.store.capabilities.joins) return undefined
  const joined = inclusions.flatMap(({ relation, link, shape }): Joined | [] => {
    const { kind, foreign, target, through } = relation
    const toKey = kind === 'one' && foreign === target.key && !through
    if (!toKey || link.near || shape.inclusions.length > 0) return []
    return { relation, fields: shape.fields, where: link.visible }
  })
  return joined.length > 0 ? joined : undefined
}

/** What was read along stands behind the row's own fields, each ending with its key. */
function attachJoined(joined: readonly Joined[], { fields, stored, rows }: Parents): void {
  let from = fields.length
  for (const { relation, fields: own } of joined) {
    const end = from + own.length
    for (const [at, row] of rows.entries()) {
      const values = stored[at] ?? []
      row[relation.name] = values[end] === null ? null : toRow(own, values.slice(from, end))
    }
    from = end + 1
  }
}

interface Parents {
  readonly fields: readonly Field[]
  readonly stored: readonly StoredRow[]
  readonly rows: readonly Row[]
}

function attach(
  context: Context,
  inclusion: Inclusion,
  { fields, stored, rows }: Parents,
): MaybePromise<void> {
  const { relation } = inclusion
  const position = fields.findIndex(({ column }) => column === relation.local)
  const keyAt = (at: number): StoredValue => stored[at]?.[position] ?? null
  const keys = new Set(rows.map((_, at) => keyAt(at)).filter((key) => key !== null))
  return chain(readGroups(context, inclusion, [...keys]), (groups) => {
    const none = relation.kind === 'many' ? () => [] : () => null
    for (const [at, row] of rows.entries()) row[relation.name] = groups.get(keyAt(at)) ?? none()
  })
}

type Groups = ReadonlyMap<StoredValue, Row | Row[]>

function readGroups(
  context: Context,
  inclusion: Inclusion,
  keys: readonly StoredValue[],
): MaybePromise<Groups> {
  if (keys.length === 0) return new Map()
  const one = inclusion.relation.kind === 'one'
  return chain(
    read(context, one ? selectOne(inclusion, keys) : selectMany(inclusion, keys)),
    (found) =>
      chain(includeRelated(context, inclusion.shape, found), (rows) => {
        const groups = new Map<StoredValue, Row | Row[]>()
        for (const [at, row] of rows.entries()) {
          const key = found[at]?.at(-1) as StoredValue
          const group = groups.get(key)
          if (one) groups.set(key, row)
          else if (Array.isArray(group)) group.push(row)
          else groups.set(key, [row])
        }
        return groups
      }),
  )
}

/** Each row answered ends with the key that its parents know it by. */
function selectOne({ relation, link, shape }: Inclusion, keys: readonly StoredValue[]): Select {
  const { target, foreign } = relation
  const key: Field = { column: foreign }
  return {
    type: 'select',
    model: target,
    fields: [...shape.fields, key],
    where: both(isOneOf(key, keys), link.visible),
  }
}

/** The same: a query of groups answers with the group's key at the end of each row. */
function selectMany(
  { relation, link, shape, where, order, limit }: Inclusion,
  keys: readonly StoredValue[],
): Select {
  const { target, foreign, through } = relation
  return {
    type: 'select',
    model: target,
    fields: shape.fields,
    where: both(where, link.visible),
    order,
    each: through
      ? {
          keys,
          limit,
          by: through.from,
          through: { model: through.model, to: through.to, where: link.through },
        }
      : { keys, by: foreign, limit },
  }
}
