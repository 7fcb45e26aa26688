import type { AnyTable, Include, Row } from '../../data/index.ts'
import type { Guard, Idempotency, Operation, OperationTree } from '../../http/index.ts'
import type { Computed } from './computed.ts'
import type { ListOptions } from './list-query.ts'
import type { BulkKind, BulkVerb, ResourceVerb } from './verbs.ts'

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
  readonly idempotent?: boolean | Idempotency
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
