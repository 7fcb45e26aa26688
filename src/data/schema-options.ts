import type { Actor } from '../kernel/index.ts'
import type { Filter } from './filter.ts'
import type { FilterOf } from './filter-of.ts'
import type { Policy, Rule } from './policy.ts'
import type { DeclaredRelation, Many, ManyThrough, One, Through } from './relation.ts'
import type { AnyTable, Linked, Row } from './table.ts'

/** Tables by the names that relations know them by. */
export type SchemaTables = Readonly<Record<string, AnyTable>>

/** Relations by table and by name. */
export type SchemaRelations<Tables> = {
  readonly [N in keyof Tables]?: Readonly<Record<string, DeclaredRelation>>
}

/** What ties tables together. */
export interface SchemaOptions<
  Tables extends SchemaTables,
  Relations,
  Restricted extends keyof Tables = keyof Tables,
> {
  /** The ways from table to table, by table and by the name they have in filters and includes. */
  readonly relations?: Relations & Fitting<Tables, Relations>
  /** Access rules that may go through relations, for tables declared without any. */
  readonly policies?: {
    readonly [N in keyof Tables]?: Policy<never, FilterOf<Linked<Tables, Relations, N>>>
  }
  /**
   * A rule that must hold besides every rule of every table, such as one that keeps tenants apart. As
   * in policies, a function is asked about signed-in actors and denies everybody else.
   */
  readonly restrict?:
    | ((actor: Actor) => boolean | Shared<Tables, keyof Tables>)
    | Restriction<Tables, Restricted>
}

/** A rule for some of the tables. */
export interface Restriction<Tables extends SchemaTables, Restricted extends keyof Tables> {
  readonly rule: Rule<never, Shared<Tables, Restricted>>
  /** Default: all. */
  readonly tables?: readonly Restricted[]
}

/** Filters on the columns that all of the tables have. */
type Shared<Tables extends SchemaTables, Names extends keyof Tables> = Filter<
  Pick<Row<Tables[Names]>, keyof Row<Tables[Names]>>
>

/** The relations, where they name tables and columns that are there. */
type Fitting<Tables extends SchemaTables, Relations> = {
  readonly [N in keyof Relations]: N extends keyof Tables
    ? { readonly [R in keyof Relations[N]]: Fit<Tables, N, Relations[N][R]> }
    : never
}

type Fit<Tables extends SchemaTables, N extends keyof Tables, Declared> =
  Declared extends One<infer Target, string>
    ? One<Target & TableName<Tables>, ColumnName<Tables[N]>>
    : Declared extends Many<infer Target, string>
      ? Many<Target & TableName<Tables>, ColumnName<Tables[Target]>>
      : Declared extends ManyThrough<infer Target, Through<infer Name, string, string>>
        ? ManyThrough<Target & TableName<Tables>, Between<Tables, Name>>
        : never

type Between<Tables extends SchemaTables, Name extends string> = Through<
  Name & TableName<Tables>,
  ColumnName<Tables[Name]>,
  ColumnName<Tables[Name]>
>
type TableName<Tables> = keyof Tables & string
type ColumnName<T extends AnyTable | undefined> = keyof NonNullable<NonNullable<T>['$columns']> &
  string

/** The tables given, each with its relations. */
export type Schema<Tables extends SchemaTables, Relations> = {
  readonly [N in keyof Tables]: Linked<Tables, Relations, N>
}
