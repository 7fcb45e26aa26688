import type { Condition } from './filter.ts'
import type { AnyTable, Related, RelationsOf, Row } from './table.ts'

/**
 * The filters of one table: those of its columns (see `Filter`), and those that ask about rows of
 * other tables by the names of relations.
 *
 * A relation to many takes `some` (at least one of them meets the filter), `every` (none fails it)
 * and `none`; a relation to one takes a filter that its row meets, or null for "there is none". Through
 * a guarded handle only rows that the actor may read count: others do not exist.
 *
 * ```ts
 * import { type FilterOf, id, many, ref, schema, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const boardsTable = table('boards', { id: id(), title: v.string() })
 * const tasks = table('tasks', { id: id(), board: ref(boardsTable), done: v.boolean() })
 * const { boards } = schema(
 *   { boards: boardsTable, tasks },
 *   { relations: { boards: { tasks: many('tasks', 'board') } } },
 * )
 * const unfinished: FilterOf<typeof boards> = { tasks: { some: { done: false } } }
 * ```
 */
export type FilterOf<T extends AnyTable> = {
  // One mapped type and no intersection: a misspelt name in a nested filter would pass through that.
  readonly [K in keyof Row<T> | keyof RelationsOf<T> | Connective]?: K extends 'and' | 'or'
    ? readonly FilterOf<T>[]
    : K extends 'not'
      ? FilterOf<T>
      : K extends keyof Row<T>
        ? Condition<Row<T>[K]>
        : K extends keyof RelationsOf<T>
          ? RelationCondition<RelationsOf<T>[K], Related<T, K>>
          : never
}

type Connective = 'and' | 'or' | 'not'

type RelationCondition<Declared, Target extends AnyTable> = Declared extends {
  readonly kind: 'one'
}
  ? FilterOf<Target> | null
  : ManyCondition<Target>

/** What can be asked about the rows of a relation to many. Several hold together. */
export interface ManyCondition<Target extends AnyTable> {
  readonly some?: FilterOf<Target>
  readonly every?: FilterOf<Target>
  readonly none?: FilterOf<Target>
}
