import type { ColumnKind } from './column.ts'
import { type ConditionTree, type FilterField, isPlainObject, readFilter } from './condition.ts'
import { begin, type Context, read } from './context.ts'
import { invalidFilter, invalidQuery, outOfRange } from './errors.ts'
import { chain } from './maybe-promise.ts'
import type { Field, Model } from './model.ts'
import { readDirection } from './order.ts'
import type { Aggregate, AggregateName, AggregateTerm, AggregateValue } from './query.ts'
import { checkQuery, MAX_LIMIT } from './query-options.ts'
import type { AnyRow } from './reads.ts'
import { rulingOn } from './ruling.ts'
import { namedBy } from './scope.ts'
import { decoderOf } from './stored.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise, StoredRow, StoredValue } from './value.ts'
import { optionalWhere, whereAllowed } from './where.ts'

const FUNCTIONS = ['sum', 'avg', 'min', 'max'] as const

/** A value of the answer and where it stands in it: `count`, or a column below `sum`. */
interface Output {
  readonly value: AggregateValue
  readonly path: readonly string[]
}

/** Answers with one row for each group, or with one for all rows where nothing is grouped. */
export function aggregate(
  context: Context,
  table: AnyTable,
  query: unknown,
): MaybePromise<AnyRow[]> {
  const model = begin(context, table)
  const known = ['where', 'groupBy', 'count', ...FUNCTIONS, 'having', 'orderBy', 'limit']
  checkQuery('aggregate()', query, known)
  // Checked to be an object with no other keys than these.
  const given = query as Record<string, unknown>
  const groups = readGroups(context, model, given['groupBy'])
  const outputs = readOutputs(context, model, given)
  if (groups.length + outputs.length === 0) {
    throw invalidQuery('aggregate()', `Expected one of groupBy, count, ${FUNCTIONS.join(', ')}.`)
  }
  const where = optionalWhere(model, given['where'], context.subject)
  const having = readHaving(given['having'], outputs)
  const order = readOrder(given['orderBy'], groups, outputs)
  const limit = readLimit(given['limit'])
  const rule = rulingOn(context, model, 'read')
  if (rule === false && groups.length > 0) return []
  const aggregated: Aggregate = {
    type: 'aggregate',
    model,
    where: rule === false ? { type: 'any', items: [] } : whereAllowed(where, rule),
    groups,
    values: outputs.map(({ value }) => value),
    having,
    order,
    limit,
  }
  return chain(read(context, aggregated), (rows) => rows.map((row) => toRow(groups, outputs, row)))
}

/** The kind that an aggregate's value is stored as. */
export function kindOf({ name, field }: AggregateValue): ColumnKind {
  if (name === 'count' || !field) return 'integer'
  if (name === 'avg') return 'real'
  return field.column.kind
}

function readGroups({ subject }: Context, model: Model, groupBy: unknown): readonly Field[] {
  if (groupBy === undefined) return []
  return readNames(model, 'groupBy', groupBy).map((field) => {
    assertScalar('groupBy', field)
    return namedBy(model, field, subject)
  })
}

function readOutputs(
  { subject }: Context,
  model: Model,
  given: Record<string, unknown>,
): readonly Output[] {
  const outputs: Output[] = []
  const { count } = given
  if (count === true) outputs.push({ value: { name: 'count', field: undefined }, path: ['count'] })
  else if (count !== undefined && count !== false) throw invalidQuery('count', 'Expected true.')
  for (const name of FUNCTIONS) {
    if (given[name] === undefined) continue
    for (const field of readNames(model, name, given[name])) {
      assertTakes(name, field)
      const value = { name, field: namedBy(model, field, subject) }
      outputs.push({ value, path: [name, field.column.name] })
    }
  }
  return outputs
}

function readNames(model: Model, path: string, names: unknown): readonly Field[] {
  if (!Array.isArray(names) || names.length === 0) {
    throw invalidQuery(path, 'Expected an array of at least one column.')
  }
  if (new Set(names).size < names.length) throw invalidQuery(path, 'A column is listed twice.')
  return Array.from(names as readonly unknown[], (name, at) => {
    const field = typeof name === 'string' ? model.fieldOf.get(name) : undefined
    if (field) return field
    throw invalidQuery(`${path}.${at}`, 'Unknown column.')
  })
}

const NUMBERS: ReadonlySet<ColumnKind> = new Set(['integer', 'bigint', 'real'])

function assertTakes(name: AggregateName, field: Field): void {
  const { kind, name: column } = field.column
  if (name === 'min' || name === 'max') {
    assertScalar(name, field)
    if (kind === 'boolean' || kind === 'uuid') {
      throw invalidQuery(`${name}.${column}`, 'Expected a column of numbers, text or instants.')
    }
  } else if (!NUMBERS.has(kind)) {
    throw invalidQuery(`${name}.${column}`, 'Expected a column of numbers.')
  }
}

function assertScalar(path: string, { column: { kind, name } }: Field): void {
  if (kind !== 'json' && kind !== 'bytes') return
  throw invalidQuery(`${path}.${name}`, 'JSON and bytes are neither grouped nor ordered.')
}

interface HavingField extends FilterField {
  readonly value: AggregateValue
}

/** `{ count: { gt: 1 }, sum: { total: { lt: 5 } } }`: a filter on the values of the answer. */
function readHaving(
  having: unknown,
  outputs: readonly Output[],
): ConditionTree<AggregateValue> | undefined {
  if (having === undefined) return undefined
  if (!isPlainObject(having)) throw invalidQuery('having', 'Expected an object.')
  const items: ConditionTree<AggregateValue>[] = []
  for (const [name, given] of Object.entries(having)) {
    const nested = name === 'count' ? { count: given } : given
    if (!isPlainObject(nested)) throw invalidQuery(`having.${name}`, 'Expected an object.')
    const scope = {
      field: (column: string) => havingField(outputs, name, column),
    }
    const fault = (path: string, problem: string) =>
      invalidFilter(name === 'count' ? `having.${path}` : `having.${name}.${path}`, problem)
    items.push(toValues(readFilter<HavingField>(nested, { scope, fault })))
  }
  return { type: 'all', items }
}

function havingField(
  outputs: readonly Output[],
  name: string,
  column: string,
): HavingField | undefined {
  const found = outputs.find(({ value, path }) => value.name === name && path.at(-1) === column)
  if (!found) return undefined
  const { value } = found
  const nullable = value.name !== 'count'
  return { column: { name: column, kind: kindOf(value), nullable }, value }
}

function toValues(condition: ConditionTree<HavingField>): ConditionTree<AggregateValue> {
  switch (condition.type) {
    case 'compare':
      return { ...condition, field: condition.field.value }
    case 'not':
      return { type: 'not', item: toValues(condition.item) }
    case 'related':
      throw invalidQuery('having', 'Relations have no place here.')
    default:
      return { type: condition.type, items: condition.items.map(toValues) }
  }
}

/** `{ status: 'asc', count: 'desc', sum: { total: 'desc' } }`; what is left of the groups follows. */
function readOrder(
  orderBy: unknown,
  groups: readonly Field[],
  outputs: readonly Output[],
): readonly AggregateTerm[] {
  const terms: AggregateTerm[] = []
  const add = (path: string, position: number, direction: unknown): void => {
    if (position < 0) throw invalidQuery(path, 'Is not among what is grouped or computed.')
    terms.push({ position, ...readDirection(path, direction) })
  }
  const groupAt = (name: string) => groups.findIndex(({ column }) => column.name === name)
  const outputAt = (...path: string[]): number => {
    const at = outputs.findIndex((output) => output.path.join('.') === path.join('.'))
    return at < 0 ? at : groups.length + at
  }
  if (orderBy !== undefined && !isPlainObject(orderBy)) {
    throw invalidQuery('orderBy', 'Expected an object.')
  }
  for (const [name, given] of Object.entries(orderBy ?? {})) {
    const nested = (FUNCTIONS as readonly string[]).includes(name) && groupAt(name) < 0
    if (!nested) {
      const group = groupAt(name)
      add(`orderBy.${name}`, group < 0 ? outputAt(name) : group, given)
      continue
    }
    if (!isPlainObject(given)) throw invalidQuery(`orderBy.${name}`, 'Expected an object.')
    for (const [column, direction] of Object.entries(given)) {
      add(`orderBy.${name}.${column}`, outputAt(name, column), direction)
    }
  }
  const ordered = new Set(terms.map(({ position }) => position))
  for (const position of groups.keys()) {
    if (!ordered.has(position)) terms.push({ position, descending: false, nulls: 'first' })
  }
  return terms
}

function readLimit(limit: unknown): number | undefined {
  if (limit === undefined) return undefined
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT) {
    return Number(limit)
  }
  throw invalidQuery('limit', `Expected an integer from 1 to ${MAX_LIMIT}.`)
}

function toRow(groups: readonly Field[], outputs: readonly Output[], stored: StoredRow): AnyRow {
  const row: AnyRow = {}
  for (const [at, { column }] of groups.entries()) {
    row[column.name] = decoded(column.kind, stored[at] ?? null)
  }
  for (const [at, { value, path }] of outputs.entries()) {
    const kind = kindOf(value)
    const found = exact(path, kind, stored[groups.length + at] ?? null)
    const [name = '', column] = path
    if (column === undefined) row[name] = found
    else row[name] = { ...(row[name] as object | undefined), [column]: found }
  }
  return row
}

function decoded(kind: ColumnKind, value: StoredValue): unknown {
  const decode = decoderOf(kind)
  return decode && value !== null ? decode(value) : value
}

/** An integer beyond those of its kind is not answered as another one, nor as a wider one. */
function exact(path: readonly string[], kind: ColumnKind, value: StoredValue): unknown {
  if (value === null) return value
  if (kind === 'bigint') {
    const whole = BigInt(value as number | bigint | string)
    if (BigInt.asIntN(64, whole) !== whole) throw outOfRange(path.join('.'))
    return whole
  }
  if (kind !== 'integer') return decoded(kind, value)
  if (!Number.isSafeInteger(Number(value))) throw outOfRange(path.join('.'))
  return Number(value)
}
