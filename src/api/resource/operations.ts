import type * as v from 'valibot'
import type { AnyTable, Related, RelationsOf, Row } from '../../data/index.ts'
import type { Operation, Wire } from '../../http/index.ts'
import type { WireRow } from '../wire/row.ts'
import type { WireInsert, WireMerge } from '../wire/values.ts'
import type { BulkKind, ResourceVerb } from './verbs.ts'

/** What a client may ask for of rows, where the resource lets it. */
export interface WireRowQuery {
  /** Columns by comma, those of related rows behind the relation's name and a dot. */
  fields?: string | undefined
  /** Relations by comma, further ones behind a dot. */
  include?: string | undefined
}

/** What a client may put into the query of a list: see `resource`. */
export interface WireListQuery extends WireRowQuery {
  limit?: number | undefined
  cursor?: string | undefined
  /** Columns by comma, each descending behind a `-`. */
  order?: string | undefined
  /** Whether the number of all rows is wanted, where the resource counts them. */
  total?: boolean | undefined
  [comparison: string]: unknown
}

/** The header fields that say which version of a row a request is for. */
export interface WireConditions {
  'if-match'?: string | undefined
  'if-none-match'?: string | undefined
}

/** A page of a resource's rows. */
export interface ResourcePage<Item> {
  items: Item[]
  /** The `cursor` of the next page; null on the last. */
  next: string | null
  /** How many rows match, where the query asked for it. */
  total?: number
}

/** The operations of a resource whose rows are answered as `Item`. */
export interface ResourceOperations<
  T extends AnyTable,
  Fixed extends PropertyKey = never,
  Item = WireRow<T>,
> {
  readonly list: Operation<{ query: WireListQuery }, { 200: ResourcePage<Item> }>
  readonly get: Operation<{ params: { id: string }; query: WireRowQuery }, { 200: Item }>
  readonly create: Operation<{ body: WireInsert<T, Fixed> }, { 201: Item }>
  /** 201 where the resource lets PUT create rows. */
  readonly replace: Operation<
    { params: { id: string }; headers: WireConditions; body: WireInsert<T, Fixed> },
    { 200: Item; 201: Item }
  >
  readonly update: Operation<
    { params: { id: string }; headers: WireConditions; body: WireMerge<T, Fixed> },
    { 200: Item }
  >
  readonly delete: Operation<{ params: { id: string }; headers: WireConditions }, { 204: null }>
  readonly createMany: Operation<
    { body: readonly WireInsert<T, Fixed>[] },
    { 201: { items: Item[] } }
  >
  readonly updateMany: Operation<
    { body: readonly { id: string; patch: WireMerge<T, Fixed> }[] },
    { 200: { items: Item[] } }
  >
  readonly deleteMany: Operation<{ query: { id: readonly string[] } }, { 204: null }>
}

/** The operations of a resource by name, as its options leave them. */
export type Resource<Made, Names extends PropertyKey, Changed, Actions> = ([keyof Changed] extends [
  never,
]
  ? Pick<Made, Names & keyof Made>
  : Kept<Made, Names & keyof Made, Changed>) &
  ([keyof Actions] extends [never] ? unknown : Actions)

/** Those that are not switched off, each the team's own where it was replaced. */
type Kept<Made, Names extends keyof Made, Changed> = {
  readonly [N in Names as N extends keyof Changed
    ? Changed[N] extends false
      ? never
      : N
    : N]: N extends keyof Changed ? (Changed[N] extends Operation ? Changed[N] : Made[N]) : Made[N]
}

export type NamesOf<Verbs extends ResourceVerb, Bulk extends BulkKind> =
  | Verbs
  | ([Bulk] extends [never] ? never : `${Bulk}Many`)

/**
 * A row of a resource as a client receives it. Related rows are there when they were asked for, and
 * any column may be missing where callers can choose columns.
 */
export type ResourceRow<T extends AnyTable, Shown, Included, Sparse, Added> = [
  keyof Included | keyof Added,
] extends [never]
  ? Chosen<WireRow<T, Shown>, Sparse>
  : Chosen<WireRow<T, Shown> & ComputedMembers<Added>, Sparse> & RelatedMembers<T, Included>

type Chosen<Members, Sparse> = Sparse extends true ? Partial<Members> : Members

type ComputedMembers<Added> = {
  [K in keyof Added]: Added[K] extends { readonly schema: infer S extends v.GenericSchema }
    ? Wire<v.InferOutput<S>>
    : never
}

type RelatedMembers<T extends AnyTable, Included> = {
  [R in keyof Included & keyof RelationsOf<T>]?: RelationsOf<T>[R] extends { readonly kind: 'one' }
    ? RelatedRow<Related<T, R>, Included[R]> | null
    : RelatedRow<Related<T, R>, Included[R]>[]
}

type RelatedRow<T extends AnyTable, Asked> = (Asked extends {
  readonly select: readonly (infer Shown)[]
}
  ? WireRow<T, Shown>
  : WireRow<T, keyof Row<T>>) &
  (Asked extends { readonly include: infer Included } ? RelatedMembers<T, Included> : unknown)
