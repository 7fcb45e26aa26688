import { isPlainObject } from './condition.ts'
import type { Context } from './context.ts'
import { invalidQuery } from './errors.ts'
import { fieldsSeenBy, seenBy } from './fields.ts'
import type { Field, Model, ModelRelation, QueryCondition } from './model.ts'
import { readOrder } from './order.ts'
import type { OrderTerm } from './query.ts'
import { checkQuery, MAX_LIMIT } from './query-options.ts'
import { rulingOn } from './ruling.ts'
import { linkSeenBy, type SeenLink } from './scope.ts'
import { optionalWhere } from './where.ts'

/** What rows are to be made of: the columns asked for, and the relations. */
export interface Shape {
  /** What is read: what was asked for, and behind it what the relations need to be found. */
  readonly fields: readonly Field[]
  /** How many of the fields were asked for. */
  readonly asked: number
  readonly inclusions: readonly Inclusion[]
}

/** A relation to be read along with rows, with all that was found out about it beforehand. */
export interface Inclusion {
  readonly relation: ModelRelation
  readonly link: SeenLink
  readonly shape: Shape
  readonly where: QueryCondition | undefined
  readonly order: readonly OrderTerm[]
  /** Rows for each row that they belong to. */
  readonly limit: number | undefined
}

export interface ShapeQuery {
  readonly select?: unknown
  readonly include?: unknown
}

const MAX_LEVELS = 8

/** Reads which columns and relations a caller asks for. Without a word, all columns and no relation. */
export function readShape(context: Context, model: Model, query: ShapeQuery, level = 0): Shape {
  const asked = readSelect(context, model, query.select)
  const { include } = query
  const inclusions = include === undefined ? [] : readInclude(context, { model, include, level })
  if (inclusions.length === 0) return { fields: asked, asked: asked.length, inclusions }
  const fields = [...asked]
  for (const { relation } of inclusions) {
    const { name } = relation.local
    if (fields.some(({ column }) => column.name === name)) continue
    fields.push(seenBy(model, model.fieldOf.get(name) as Field, context.subject))
  }
  return { fields, asked: asked.length, inclusions }
}

/** Reads which columns a caller asks for. One that is hidden from the caller is read as null. */
function readSelect({ subject }: Context, model: Model, select: unknown): readonly Field[] {
  if (select === undefined) return fieldsSeenBy(model, subject)
  if (!Array.isArray(select) || select.length === 0) {
    throw invalidQuery('select', 'Expected an array of at least one column.')
  }
  const names = new Set<unknown>()
  return Array.from(select as readonly unknown[], (name, at) => {
    const field = typeof name === 'string' ? model.fieldOf.get(name) : undefined
    if (!field) throw invalidQuery(`select.${at}`, 'Unknown column.')
    if (names.has(name)) throw invalidQuery(`select.${at}`, 'The column is listed twice.')
    names.add(name)
    return seenBy(model, field, subject)
  })
}

function readInclude(
  context: Context,
  { model, include, level }: { model: Model; include: unknown; level: number },
): readonly Inclusion[] {
  if (!isPlainObject(include)) throw invalidQuery('include', 'Expected an object.')
  if (level >= MAX_LEVELS) throw invalidQuery('include', `More than ${MAX_LEVELS} levels deep.`)
  const inclusions: Inclusion[] = []
  for (const [name, query] of Object.entries(include)) {
    const relation = model.relations.get(name)
    if (!relation) throw invalidQuery(`include.${name}`, 'Unknown relation.')
    if (query === undefined || query === false) continue
    const asked = query === true ? {} : query
    inclusions.push(readInclusion(context, { model, relation, query: asked, level: level + 1 }))
  }
  return inclusions
}

function readInclusion(
  context: Context,
  options: { model: Model; relation: ModelRelation; query: unknown; level: number },
): Inclusion {
  const { model, relation, level } = options
  const { target, kind, name } = relation
  const many = kind === 'many'
  // The link asks the same rules, without what they are told of.
  if (context.engine.signals.events['data.policy']) rulingOn(context, target, 'read')
  const known = many ? ['where', 'orderBy', 'limit', 'select', 'include'] : ['select', 'include']
  checkQuery(`include.${name}`, options.query, known)
  // Checked to be an object with no other keys than these.
  const query = options.query as Record<string, unknown>
  return {
    relation,
    link: linkSeenBy(model, relation, context.subject),
    shape: readShape(context, target, query, level),
    where: optionalWhere(target, query['where'], context.subject),
    order: many ? readOrder(target, query['orderBy'], context.subject) : [],
    limit: readEach(`include.${name}.limit`, query['limit']),
  }
}

function readEach(path: string, limit: unknown): number | undefined {
  if (limit === undefined) return undefined
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT) {
    return Number(limit)
  }
  throw invalidQuery(path, `Expected an integer from 1 to ${MAX_LIMIT}.`)
}
