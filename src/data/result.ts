import type { FilterOf } from './filter-of.ts'
import type { OrderOf } from './order-of.ts'
import type { AnyTable, Related, RelationsOf, Row } from './table.ts'

/** Names of the columns that rows are made of. The primary key is not added by itself. */
export type Select<T extends AnyTable> = readonly (keyof Row<T> & string)[]

/**
 * The relations whose rows come with the rows, by name, to any depth: `true` for whole rows, or an
 * object that says which of them and what of them. Only rows that the actor may read are included.
 */
export type Include<T extends AnyTable> = {
  readonly [R in keyof RelationsOf<T>]?: RelationsOf<T>[R] extends { readonly kind: 'one' }
    ? true | IncludeOne<Related<T, R>>
    : true | IncludeMany<Related<T, R>>
}

/** What of the row of a relation to one is included. */
export interface IncludeOne<T extends AnyTable> {
  readonly select?: Select<T>
  readonly include?: Include<T>
}

/** Which rows of a relation to many are included, and what of them. */
export interface IncludeMany<T extends AnyTable> extends IncludeOne<T> {
  readonly where?: FilterOf<T>
  readonly orderBy?: OrderOf<T>
  /** Rows for each row that they belong to, 1 to 1,000. Default: all. */
  readonly limit?: number
}

/** What decides the type of the rows of a query. */
export interface Shape {
  readonly select?: readonly string[] | undefined
  // An interface without index signature, as what is inferred from an include, fits object only.
  readonly include?: object | undefined
}

/**
 * A row as a query returns it: the selected columns, or all; and a key for each relation included,
 * with a row or null where it leads to one and with an array where it leads to many.
 *
 * ```ts
 * import { id, many, ref, type Result, schema, table } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const boards = table('boards', { id: id(), title: v.string() })
 * const tasks = table('tasks', { id: id(), board: ref(boards), title: v.string() })
 * const plan = schema({ boards, tasks }, { relations: { boards: { tasks: many('tasks', 'board') } } })
 *
 * type Board = Result<typeof plan.boards, { include: { tasks: { select: ['title'] } } }>
 * const board: Board = { id: 'b1', title: 'Garden', tasks: [{ title: 'Water' }] }
 * ```
 */
export type Result<T extends AnyTable, Q extends Shape> = Q extends { readonly include: infer I }
  ? [keyof I] extends [never]
    ? Selected<T, Q>
    : Flat<Selected<T, Q> & Included<T, I>>
  : Selected<T, Q>

type Flat<T> = { [K in keyof T]: T[K] } & {}

type Selected<T extends AnyTable, Q> = Q extends { readonly select: readonly (infer K)[] }
  ? { [C in K & keyof Row<T>]: Row<T>[C] } & {}
  : Row<T>

type Included<T extends AnyTable, I> = {
  -readonly [R in keyof I & keyof RelationsOf<T>]: RelationsOf<T>[R] extends {
    readonly kind: 'one'
  }
    ? Result<Related<T, R>, ShapeOf<I[R]>> | null
    : Result<Related<T, R>, ShapeOf<I[R]>>[]
}

type ShapeOf<I> = I extends Shape ? I : Record<never, never>

/** Refuses what an include must not name: the compiler lets it pass where a type is inferred. */
export type Exact<T extends AnyTable, I> = {
  readonly [R in keyof I]: R extends keyof RelationsOf<T> ? ExactQuery<Related<T, R>, I[R]> : never
}

type ExactQuery<T extends AnyTable, Q> = Q extends true
  ? true
  : {
      readonly [K in keyof Q]: K extends 'include'
        ? Exact<T, Q[K]>
        : K extends 'where'
          ? Known<Q[K], keyof FilterOf<T>>
          : K extends 'orderBy'
            ? Known<Q[K], keyof Row<T>>
            : K extends 'select' | 'limit'
              ? unknown
              : never
    }

type Known<Given, Keys> = { readonly [K in keyof Given]: K extends Keys ? unknown : never }
