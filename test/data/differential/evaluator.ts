import { type ColumnSpec, type Data, type Row, type TableName, type World, ways } from './world.ts'

// What queries mean, said a second time and as plainly as can be: by looking at every row. It shares
// nothing with the library but the words of its queries.

type Filter = Readonly<Record<string, unknown>>

export interface Asked {
  readonly world: World
  readonly data: Data
}

export function matching(asked: Asked, name: TableName, filter: Filter = {}): Row[] {
  return asked.data[name].filter((row) => holds(asked, { name, row, filter }))
}

interface Question {
  readonly name: TableName
  readonly row: Row
  readonly filter: Filter
}

export function holds(asked: Asked, { name, row, filter }: Question): boolean {
  return Object.entries(filter).every(([key, given]) => {
    const within = (inner: unknown) => holds(asked, { name, row, filter: inner as Filter })
    if (key === 'and') return (given as unknown[]).every(within)
    if (key === 'or') return (given as unknown[]).some(within)
    if (key === 'not') return !within(given)
    const way = ways[name][key]
    if (!way) return compares(row[key], given)
    const there = way.follow(row, asked.data)
    const meets = (inner: unknown) => (other: Row) =>
      holds(asked, { name: way.target, row: other, filter: inner as Filter })
    if (way.kind === 'one') return given === null ? there.length === 0 : there.some(meets(given))
    return Object.entries(given as Filter).every(([quantifier, inner]) => {
      if (quantifier === 'some') return there.some(meets(inner))
      return quantifier === 'every' ? there.every(meets(inner)) : !there.some(meets(inner))
    })
  })
}

function compares(stored: unknown, given: unknown): boolean {
  if (typeof given !== 'object' || given === null || given instanceof Date) {
    return order(stored, given) === 0
  }
  const { path, ...tests } = given as { path?: readonly (string | number)[] } & Filter
  return Object.entries(tests).every(([operator, operand]) => {
    const value = path ? inside(stored, path, operand) : stored
    return compare(value, operator, operand)
  })
}

/** What stands at a path, if it is of the type that it is compared with. */
function inside(value: unknown, path: readonly (string | number)[], operand: unknown): unknown {
  let found = value
  for (const step of path) {
    const fits = typeof step === 'number' ? Array.isArray(found) : isRecord(found)
    found = fits && Object.hasOwn(found as object, step) ? (found as never)[step] : undefined
  }
  const sample = Array.isArray(operand) ? operand[0] : operand
  return typeof found === typeof (sample ?? '') ? found : null
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function compare(value: unknown, operator: string, operand: unknown): boolean {
  if (operator === 'eq') return order(value, operand) === 0
  if (operator === 'ne') return order(value, operand) !== 0
  if (value === null || value === undefined) return false
  if (operator === 'in') return (operand as unknown[]).some((each) => order(value, each) === 0)
  if (operator === 'startsWith') return String(value).startsWith(operand as string)
  if (operator === 'endsWith') return String(value).endsWith(operand as string)
  if (operator === 'contains') return String(value).includes(operand as string)
  const sign = order(value, operand)
  const signs: Record<string, boolean> = {
    gt: sign > 0,
    gte: sign >= 0,
    lt: sign < 0,
    lte: sign <= 0,
  }
  return signs[operator] === true
}

/** Null first, text by code points. */
export function order(a: unknown, b: unknown): number {
  const [one, two] = [plain(a), plain(b)]
  if (one === null || two === null) return Number(two === null) - Number(one === null)
  if (typeof one === 'string' && typeof two === 'string') return orderText(one, two)
  return (one as number) < (two as number) ? -1 : Number((one as number) > (two as number))
}

function plain(value: unknown): unknown {
  if (value === undefined) return null
  return value instanceof Date ? value.getTime() : value
}

function orderText(a: string, b: string): number {
  const [one, two] = [Array.from(a), Array.from(b)].map((list) =>
    list.map((c) => c.codePointAt(0) ?? 0),
  ) as [number[], number[]]
  for (let at = 0; at < Math.max(one.length, two.length); at += 1) {
    const difference = (one[at] ?? -1) - (two[at] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}

type Direction = 'asc' | 'desc' | { direction: 'asc' | 'desc'; nulls?: 'first' | 'last' }

export function sorted(
  rows: readonly Row[],
  orderBy: Readonly<Record<string, Direction>> = {},
  key: readonly string[] = ['id'],
): Row[] {
  const terms = Object.entries(orderBy)
  const last = terms.at(-1)?.[1] ?? 'asc'
  const direction = typeof last === 'string' ? last : last.direction
  const rest = key
    .filter((name) => !(name in orderBy))
    .map((name): [string, Direction] => [name, key.length > 1 ? 'asc' : direction])
  return [...rows].sort((a, b) => {
    for (const [name, given] of [...terms, ...rest]) {
      const found = orderBy_(a[name], b[name], given)
      if (found !== 0) return found
    }
    return 0
  })
}

function orderBy_(a: unknown, b: unknown, given: Direction): number {
  const { direction, nulls } =
    typeof given === 'string'
      ? { direction: given }
      : (given as { direction: string; nulls?: string })
  if (nulls && (a === null) !== (b === null)) return (a === null) === (nulls === 'first') ? -1 : 1
  return direction === 'desc' ? -order(a, b) : order(a, b)
}

export interface Query {
  readonly where?: Filter
  readonly orderBy?: Readonly<Record<string, Direction>>
  readonly select?: readonly string[]
  readonly include?: Readonly<Record<string, true | Query>>
  readonly limit?: number
  readonly distinct?: boolean
}

/** All rows that a query means, in order. */
export function listed(asked: Asked, name: TableName, query: Query): Row[] {
  const rows = matching(asked, name, query.where)
  const { select } = query
  if (!query.distinct || !select) {
    return sorted(rows, query.orderBy).map((row) => shaped(asked, { name, row, query }))
  }
  const picked = rows.map((row) => pick(row, select))
  const unique = picked.filter(
    (row, at) =>
      picked.findIndex((other) =>
        select.every((column) => order(row[column], other[column]) === 0),
      ) === at,
  )
  return sorted(
    unique,
    query.orderBy,
    select.length > 1 ? select : [select[0] as string, select[0] as string],
  )
}

function pick(row: Row, select: readonly string[] | undefined): Row {
  return select ? Object.fromEntries(select.map((column) => [column, row[column]])) : row
}

function shaped(
  asked: Asked,
  { name, row, query }: { name: TableName; row: Row; query: Query },
): Row {
  const made: Record<string, unknown> = { ...pick(row, query.select) }
  for (const [relation, given] of Object.entries(query.include ?? {})) {
    const { kind, target, follow } = ways[name][relation] as (typeof ways)['first'][string]
    const inner = given === true ? {} : given
    const there = follow(row, asked.data).filter((other) =>
      holds(asked, { name: target, row: other, filter: inner.where ?? {} }),
    )
    const rows = sorted(there, inner.orderBy).map((other) =>
      shaped(asked, { name: target, row: other, query: inner }),
    )
    made[relation] = kind === 'one' ? (rows[0] ?? null) : rows.slice(0, inner.limit)
  }
  return made
}

export interface Aggregates {
  readonly where?: Filter
  readonly groupBy?: readonly string[]
  readonly sum?: readonly string[]
  readonly avg?: readonly string[]
  readonly min?: readonly string[]
  readonly max?: readonly string[]
}

export function aggregated(asked: Asked, name: TableName, query: Aggregates): Row[] {
  const rows = matching(asked, name, query.where)
  const { groupBy } = query
  const groups: Row[][] = groupBy ? [] : [rows]
  for (const row of groupBy ? rows : []) {
    const group = groups.find(([other]) =>
      groupBy?.every((column) => order(other?.[column], row[column]) === 0),
    )
    if (group) group.push(row)
    else groups.push([row])
  }
  const kinds = new Map(asked.world.columns[name].map((column) => [column.name, column]))
  const answers = groups.map((group): Row => {
    const answer: Record<string, unknown> = {
      ...pick(group[0] ?? {}, groupBy ?? []),
      count: group.length,
    }
    for (const of of ['sum', 'avg', 'min', 'max'] as const) {
      const columns = query[of]
      if (!columns) continue
      answer[of] = Object.fromEntries(
        columns.map((column) => [column, valueIn(of, group, kinds.get(column) as ColumnSpec)]),
      )
    }
    return answer
  })
  return groupBy
    ? sorted(answers, {}, groupBy.length > 1 ? groupBy : [...groupBy, ...groupBy])
    : answers
}

function valueIn(
  of: 'sum' | 'avg' | 'min' | 'max',
  group: readonly Row[],
  { name, kind }: ColumnSpec,
): unknown {
  const values = group.map((row) => row[name]).filter((value) => value !== null)
  if (values.length === 0) return null
  if (of === 'min') return values.reduce((a, b) => (order(a, b) <= 0 ? a : b))
  if (of === 'max') return values.reduce((a, b) => (order(a, b) >= 0 ? a : b))
  if (of === 'sum' && kind === 'bigint')
    return values.reduce<bigint>((a, b) => a + (b as bigint), 0n)
  const sum = values.reduce<number>((a, b) => a + Number(b), 0)
  return of === 'sum' ? sum : sum / values.length
}
