import type { AnyTable, Include, Row } from '../../data/index.ts'
import type { Guard, Operation, OperationTree } from '../../http/index.ts'
import { assertKnown, misuse } from '../../kernel/index.ts'
import { isOptional } from '../wire/column-schema.ts'
import type { Computed } from './computed.ts'
import { columnOf } from './filters.ts'
import type { ListOptions } from './list-query.ts'
import { BULK, type BulkKind, type BulkVerb, type ResourceVerb, VERBS } from './verbs.ts'

type Name<T extends AnyTable> = keyof Row<T> & string

/** Members that code adds to the rows of a table, from the columns shown. */
export type ComputedBy<T extends AnyTable, Shown extends Name<T>> = Readonly<
  // biome-ignore lint/suspicious/noExplicitAny: any schema, whatever goes in and comes out
  Record<string, Computed<any, Pick<Row<T>, Shown>>>
>

/** What becomes of operations that were made: another one, one changed by code, or none. */
export type Changes = {
  readonly [V in ResourceVerb | BulkVerb]?: false | Operation | ((made: Operation) => Operation)
}

export interface ResourceOptions<
  T extends AnyTable,
  Verbs extends ResourceVerb = ResourceVerb,
  Fixed extends Name<T> = Name<T>,
  Shown extends Name<T> = Name<T>,
  Bulk extends BulkKind = BulkKind,
  Included extends Include<T> = Include<T>,
  Sparse extends boolean = boolean,
  Added extends ComputedBy<T, Shown> = ComputedBy<T, Shown>,
  Changed extends Changes = Changes,
  Actions extends OperationTree = OperationTree,
> {
  /** Default: `/` and the table's name. */
  readonly path?: string
  /** The operations there are, beside those of `bulk` and `actions`. Default: all six. */
  readonly only?: readonly Verbs[]
  readonly list?: ListOptions<T>
  /**
   * The columns that a client receives, and may filter and sort by unless `list` says otherwise.
   * Default: all.
   */
  readonly select?: readonly Shown[]
  /** Columns that a client may read but not set, such as a status that only operations change. */
  readonly readonly?: readonly Fixed[]
  /**
   * The related rows that `?include=author,comments.author` may ask for, and what of them: as in a
   * query's `include`. Of a relation to many come at most 50 for each row unless `limit` says
   * otherwise. Default: none.
   */
  readonly include?: Included
  /** Whether `?fields=title,author.name` may ask for some of the columns only. Default false. */
  readonly fields?: Sparse
  /** Members that code adds to the rows, each made by `computed()`. */
  readonly computed?: Added
  /**
   * `upsert` lets PUT create a row that is not there, under the id that the client chose. Who may call
   * it must then pass the guard of creating as well. Default: 404.
   */
  readonly replace?: 'upsert'
  /**
   * Whether PUT, PATCH and DELETE of a row need an `If-Match` with the row's `ETag`, and each patch of
   * many rows its version: 428 without. The table needs a `version()`. Default false.
   */
  readonly requireMatch?: boolean
  /** The operations on many rows at once that there are, each with the most rows, up to 1,000. */
  readonly bulk?: { readonly [K in Bulk]: number }
  /** Who may call: all operations, or one by one. Default: derived from the table's policy. */
  readonly guard?: Guard | { readonly [V in ResourceVerb | BulkVerb]?: Guard }
  /**
   * Whether the operations that write honour `Idempotency-Key`. Default false. Needs guards that ask
   * for an actor.
   */
  readonly idempotent?: boolean
  /** What the rows are called in summaries, such as `delivery addresses`. Default: the table's name. */
  readonly title?: string
  /** Operations that stand beside, by name; their paths are below that of the resource. */
  readonly actions?: Actions
  /** What becomes of operations by name: `false`, another one, or a function of the one made. */
  readonly operations?: Changed & Changes
}

/** The options of any table: names of columns are all that the table's own type adds to them. */
export type AnyOptions = Omit<ResourceOptions<AnyTable>, 'bulk'> & {
  readonly bulk?: { readonly [K in BulkKind]?: number }
}

const KNOWN = [
  'path',
  'only',
  'list',
  'select',
  'readonly',
  'include',
  'fields',
  'computed',
  'replace',
  'requireMatch',
  'bulk',
  'guard',
  'idempotent',
  'title',
  'actions',
  'operations',
] as const satisfies (keyof ResourceOptions<AnyTable>)[]

const LIST = [
  'filter',
  'order',
  'defaultOrder',
  'defaultLimit',
  'maxLimit',
  'total',
] as const satisfies (keyof ListOptions<AnyTable>)[]

const MAX_BULK = 1000

/** A misspelt option or operation does not pass in silence. */
export function checkOptions(table: AnyTable, options: AnyOptions): void {
  const place = `resource(${table.name})`
  assertKnown(place, options, KNOWN)
  assertKnown(`${place}.list`, options.list ?? {}, LIST)
  const verb = options.only?.find((each) => !VERBS.includes(each))
  if (verb !== undefined) {
    throw misuse(place, `"${verb}" is unknown; expected ${VERBS.join(', ')}`)
  }
  for (const name of options.select ?? []) columnOf(table, name)
  checkReadonly(table, options, place)
  checkBulk(table, options, place)
  if (options.replace !== undefined && options.replace !== 'upsert') {
    throw misuse(place, `replace is "${options.replace}"; expected "upsert" or nothing`)
  }
  if (options.requireMatch && !hasVersion(table)) {
    throw misuse(place, 'requireMatch needs a column that is a version()')
  }
}

function checkReadonly(
  table: AnyTable,
  { only, readonly = [], replace }: AnyOptions,
  place: string,
): void {
  const creates = !only || only.includes('create') || replace === 'upsert'
  for (const name of readonly) {
    const column = columnOf(table, name)
    if (!creates || column.fill !== undefined || isOptional(column)) continue
    throw misuse(
      place,
      `"${name}" is readonly, so create cannot set it; give it a default or leave create out`,
    )
  }
}

function checkBulk(
  table: AnyTable,
  { bulk = {}, requireMatch, readonly = [] }: AnyOptions,
  place: string,
): void {
  assertKnown(`${place}.bulk`, bulk, BULK)
  const limits = Object.entries(bulk)
  for (const [kind, limit] of limits) {
    if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_BULK) continue
    throw misuse(`${place}.bulk`, `${kind} is ${limit}; expected 1 to ${MAX_BULK}`)
  }
  const key = table.columns[table.primaryKey]
  if (limits.length > 0 && key?.kind !== 'uuid') {
    throw misuse(
      `${place}.bulk`,
      `needs an id() as primary key: a row with the ${table.primaryKey} "bulk" would have its path`,
    )
  }
  if (!requireMatch) return
  if ('delete' in bulk) {
    throw misuse(`${place}.bulk`, 'delete cannot say which versions are meant; leave it out')
  }
  if ('update' in bulk && readonly.some((name) => table.columns[name]?.fill === 'version')) {
    throw misuse(`${place}.bulk`, 'update needs the version, which is readonly')
  }
}

function hasVersion({ columns }: AnyTable): boolean {
  return Object.values(columns).some(({ fill }) => fill === 'version')
}
