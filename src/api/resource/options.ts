import type { AnyTable, Row } from '../../data/index.ts'
import type { Guard } from '../../http/index.ts'
import { assertKnown, misuse } from '../../kernel/index.ts'
import { isOptional } from '../wire/values.ts'
import { columnOf } from './filters.ts'
import type { ListOptions } from './list-query.ts'

/** The operations of a resource, in the order of their description. */
export const VERBS = ['list', 'get', 'create', 'update', 'delete'] as const
/** The operations of a resource, by name. */
export type ResourceVerb = (typeof VERBS)[number]

type Name<T extends AnyTable> = keyof Row<T> & string

export interface ResourceOptions<
  T extends AnyTable,
  Verbs extends ResourceVerb = ResourceVerb,
  Fixed extends Name<T> = Name<T>,
  Shown extends Name<T> = Name<T>,
> {
  /** Default: `/` and the table's name. */
  readonly path?: string
  /** The operations there are. Default: all five. */
  readonly only?: readonly Verbs[]
  readonly list?: ListOptions<T>
  /**
   * The columns that a client receives, and may filter and sort by unless `list` says otherwise.
   * Default: all.
   */
  readonly select?: readonly Shown[]
  /** Columns that a client may read but not set, such as a status that only operations change. */
  readonly readonly?: readonly Fixed[]
  /** Who may call: all operations, or one by one. Default: derived from the table's policy. */
  readonly guard?: Guard | { readonly [V in ResourceVerb]?: Guard }
  /** Whether `create` honours `Idempotency-Key`. Default false. Needs a guard that asks for an actor. */
  readonly idempotent?: boolean
  /** What the rows are called in summaries, such as `delivery addresses`. Default: the table's name. */
  readonly title?: string
}

const KNOWN = [
  'path',
  'only',
  'list',
  'select',
  'readonly',
  'guard',
  'idempotent',
  'title',
] as const satisfies (keyof ResourceOptions<AnyTable>)[]

/** A misspelt option or operation does not pass in silence. */
export function checkOptions(table: AnyTable, options: ResourceOptions<never>): void {
  const place = `resource(${table.name})`
  assertKnown(place, options, KNOWN)
  const verb = options.only?.find((each) => !VERBS.includes(each))
  if (verb !== undefined) {
    throw misuse(place, `"${verb}" is unknown; expected ${VERBS.join(', ')}`)
  }
  for (const name of options.select ?? []) columnOf(table, name)
  const creates = !options.only || options.only.includes('create' as never)
  for (const name of options.readonly ?? []) {
    const column = columnOf(table, name)
    if (!creates || column.fill !== undefined || isOptional(column)) continue
    throw misuse(
      place,
      `"${name}" is readonly, so create cannot set it; give it a default or leave create out`,
    )
  }
}
