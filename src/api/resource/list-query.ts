import * as v from 'valibot'
import type { AnyTable, FilterOf, ListQuery, OrderOf, Row } from '../../data/index.ts'
import { misuse } from '../../kernel/index.ts'
import { describe } from '../wire/described.ts'
import type { Asked, AskedReader } from './asked.ts'
import { columnOf, type FilterKey, type FilterName, filterKeys } from './filters.ts'

/** What a list lets its callers ask for. */
export interface ListOptions<T extends AnyTable> {
  /** Default: every column shown that can be compared, with all of its comparisons. */
  readonly filter?: readonly FilterName<T>[]
  /** Columns that may be sorted by. Default: every column shown that has an order. */
  readonly order?: readonly (keyof Row<T> & string)[]
  /** Default: by primary key, ascending; ids of version 7 are in the order of creation. */
  readonly defaultOrder?: OrderOf<T>
  /** Rows on a page when the query does not say. Default 50. */
  readonly defaultLimit?: number
  /** The most rows on a page. Default 200, at most 1,000. */
  readonly maxLimit?: number
  /**
   * Whether `?total=true` asks for the number of all rows that match and that the caller may see. It
   * costs a count of them. Default false.
   */
  readonly total?: boolean
}

/** What a list goes by. */
interface ReaderOptions<T extends AnyTable> {
  readonly list?: ListOptions<T> | undefined
  /** The columns that may be filtered and sorted by unless the options say otherwise. */
  readonly shown: readonly string[]
  readonly asked: AskedReader
}

/** What one request wants of a list. */
export interface Listing<T extends AnyTable> {
  readonly rows: ListQuery<T>
  readonly asked: Asked
  readonly total: boolean
}

/** The query of a list: its schema, and what it means to the database. */
export interface ListReader<T extends AnyTable> {
  readonly schema: v.GenericSchema
  read(query: Readonly<Record<string, unknown>>): Listing<T>
}

const MAX_LIMIT = 1000
const MAX_CURSOR = 4096

/** Prepares the query of a table's list; mistakes in the options are `misuse` at once. */
export function createListReader<T extends AnyTable>(
  table: T,
  { list: options = {}, shown, asked }: ReaderOptions<T>,
): ListReader<T> {
  const { defaultLimit, maxLimit } = limitsOf(table, options)
  const own = {
    limit: v.optional(limitSchema(maxLimit)),
    cursor: v.optional(v.pipe(v.string(), v.maxLength(MAX_CURSOR))),
    order: v.optional(
      orderSchema(orderable(table, { ...(options as ListOptions<AnyTable>), shown })),
    ),
    ...(options.total && { total: v.optional(v.picklist(['true', 'false'])) }),
    ...asked.entries,
  }
  const reserved = new Set(Object.keys(own))
  const keys = filterKeys(table, { shown, allowed: options.filter, reserved })
  const filters = new Map(keys.map((key) => [key.key, key]))
  return {
    schema: v.object<Record<string, v.GenericSchema>>({
      ...own,
      ...Object.fromEntries(keys.map(({ key, schema }) => [key, v.optional(schema)])),
    }),
    read(query) {
      const { limit = defaultLimit, cursor, order = options.defaultOrder } = query
      const where = toFilter(filters, query)
      const total = options.total === true && query['total'] === 'true'
      // The schema above has made each of them what the database takes.
      const rows = { limit, cursor, orderBy: order, where } as ListQuery<T>
      return { rows, asked: asked.read(query), total }
    },
  }
}

function limitsOf<T extends AnyTable>(
  table: T,
  { maxLimit = 200, defaultLimit = Math.min(50, maxLimit) }: ListOptions<T>,
): { defaultLimit: number; maxLimit: number } {
  const place = `resource(${table.name}).list`
  if (!Number.isInteger(maxLimit) || maxLimit < 1 || maxLimit > MAX_LIMIT) {
    throw misuse(place, `maxLimit is ${maxLimit}; expected 1 to ${MAX_LIMIT}`)
  }
  if (!Number.isInteger(defaultLimit) || defaultLimit < 1 || defaultLimit > maxLimit) {
    throw misuse(place, `defaultLimit is ${defaultLimit}; expected 1 to maxLimit, ${maxLimit}`)
  }
  return { defaultLimit, maxLimit }
}

function limitSchema(maximum: number): v.GenericSchema {
  const limit = v.pipe(
    v.string(),
    v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
      const value = /^[1-9]\d{0,3}$/.test(dataset.value) ? Number(dataset.value) : Infinity
      if (value <= maximum) return value
      addIssue({ message: `Expected a whole number from 1 to ${maximum}.` })
      return NEVER
    }),
  )
  return describe(limit, { schema: () => ({ type: 'integer', minimum: 1, maximum }) })
}

function orderable(
  table: AnyTable,
  { order, defaultOrder, shown }: ListOptions<AnyTable> & { shown: readonly string[] },
): string[] {
  const hasOrder = (name: string) => !UNORDERED.has(columnOf(table, name).kind)
  for (const name of [...(order ?? []), ...Object.keys(defaultOrder ?? {})]) {
    if (!hasOrder(name)) throw misuse(`resource(${table.name}).list`, `"${name}" has no order`)
  }
  return [...(order ?? shown.filter(hasOrder))]
}

const UNORDERED: ReadonlySet<string> = new Set(['json', 'bytes'])

/** `-createdAt,title`: columns in order, each descending behind a minus. */
function orderSchema(columns: readonly string[]): v.GenericSchema {
  const known = new Set(columns)
  const order = v.pipe(
    v.string(),
    v.rawTransform<string, Readonly<Record<string, 'asc' | 'desc'>>>(
      ({ dataset, addIssue, NEVER }) => {
        const order = new Map<string, 'asc' | 'desc'>()
        for (const part of dataset.value.split(',')) {
          const name = part.startsWith('-') ? part.slice(1) : part
          if (!known.has(name) || order.has(name)) {
            const list = columns.join(', ')
            addIssue({
              message: `Expected different columns of: ${list}; "-" before one reverses it.`,
            })
            return NEVER
          }
          order.set(name, part === name ? 'asc' : 'desc')
        }
        return Object.fromEntries(order)
      },
    ),
  )
  const name = `-?(${columns.join('|')})`
  return describe(order, {
    schema: () => ({ type: 'string', pattern: `^${name}(,${name})*$` }),
  })
}

function toFilter<T extends AnyTable>(
  filters: ReadonlyMap<string, FilterKey>,
  query: Readonly<Record<string, unknown>>,
): FilterOf<T> | undefined {
  const all = Object.entries(query).flatMap(([key, value]) => {
    const filter = filters.get(key)
    return filter ? [{ [filter.column]: comparison(filter, value) }] : []
  })
  if (all.length === 0) return undefined
  // Columns and operators are of the table: `filterKeys` made them.
  return (all.length === 1 ? all[0] : { and: all }) as FilterOf<T>
}

function comparison({ operator }: FilterKey, value: unknown): unknown {
  if (operator !== 'is') return { [operator]: value }
  return value === 'null' ? { eq: null } : { ne: null }
}
