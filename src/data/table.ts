import type * as v from 'valibot'
import type { Column, Fill } from './column.ts'
import type { FieldRules, Policy, Rule } from './policy.ts'
import type { Relation } from './relation.ts'

/** What `table()` takes for a column: a valibot schema, or one of the column builders. */
export type ColumnInput = v.GenericSchema | Column
export type ColumnInputs = Readonly<Record<string, ColumnInput>>

/** The schema behind a column's declaration. */
type SchemaOf<C> =
  C extends Column<infer Schema, infer _> ? Schema : C extends v.GenericSchema ? C : never

/** The column that a declaration stands for. */
type ColumnOf<C> = Column<SchemaOf<C> & v.GenericSchema, FillOf<C>>
type FillOf<C> = C extends Column<v.GenericSchema, infer Filled> ? Filled : undefined

/** A value as a row holds it: an absent optional value is stored, and read, as null. */
type Stored<T> = undefined extends T ? Exclude<T, undefined> | null : T

type OutputOf<C> = Stored<v.InferOutput<SchemaOf<C>>>
type InputOf<C> = v.InferInput<SchemaOf<C>>

/** The keys that may be left out of a new row: filled by the server, optional, or nullable. */
type OptionalKeys<Columns> = {
  [K in keyof Columns]: Columns[K] extends Column<v.GenericSchema, Fill>
    ? K
    : undefined extends InputOf<Columns[K]>
      ? K
      : null extends InputOf<Columns[K]>
        ? K
        : never
}[keyof Columns]

/** The keys of the columns that the server fills in one of these ways. Of any table: none for sure. */
type FilledKeys<Columns, Filled extends Fill> = string extends keyof Columns
  ? never
  : {
      [K in keyof Columns]: Columns[K] extends Column<v.GenericSchema, Filled> ? K : never
    }[keyof Columns]

/** Written out by editors, instead of the names of the types that it is made of. */
type Flat<T> = { [K in keyof T]: T[K] } & {}

export type RowOf<Columns, Hidden = never> = {
  -readonly [K in keyof Columns]: K extends Hidden
    ? OutputOf<Columns[K]> | null
    : OutputOf<Columns[K]>
} & {}
export type InsertOf<Columns> = Flat<
  { -readonly [K in Exclude<keyof Columns, OptionalKeys<Columns>>]: InputOf<Columns[K]> } & {
    -readonly [K in Exclude<OptionalKeys<Columns>, FilledKeys<Columns, 'version' | 'generated'>>]?:
      | InputOf<Columns[K]>
      | undefined
  }
>
export type PatchOf<Columns> = {
  -readonly [K in Exclude<keyof Columns, FilledKeys<Columns, 'generated'>>]?:
    | InputOf<Columns[K]>
    | undefined
} & {}

/** What stands beside the columns: indexes, unique keys and access rules. */
export interface TableOptions<Columns, Fields = unknown> {
  /** Each entry is the list of columns of one index, in order. References have theirs without. */
  readonly indexes?: readonly (readonly (keyof Columns & string)[])[]
  /** Each entry is a list of columns whose values no two rows share. Null is never shared. */
  readonly unique?: readonly (readonly (keyof Columns & string)[])[]
  /** Who may do what with which rows. What no rule allows is denied. */
  readonly policy?: Policy<RowOf<Columns>>
  /** Who may see and set which columns of those rows. Primary keys and versions have no such rules. */
  readonly fields?: Fields &
    FieldRules<RowOf<Columns>> &
    Unknown<Exclude<keyof Fields, keyof Columns>>
  /**
   * Whether changes of its rows are told to `onChange` of the database: what `plinth/audit` keeps its log
   * of, in the same transaction. Default false; true means every operation.
   */
  readonly audit?: boolean | { readonly operations: readonly Written[] }
  /** Refuses to update and to delete its rows (`denied`), to the system as well. Default false. */
  readonly appendOnly?: boolean
}

/** What becomes of a row that is written. */
export type Written = 'create' | 'update' | 'delete'

type Unknown<Names extends PropertyKey> = { readonly [K in Names]: never }

/** The columns that not everybody sees. */
export type HiddenBy<Fields> = {
  [K in keyof Fields]: Fields[K] extends { readonly read: unknown } ? K & string : never
}[keyof Fields]

/**
 * A table's place in a schema: the tables around it and the relations of all of them. Looked up by
 * name when a query is typed, so that the type of a table does not contain those of others.
 */
export interface Links<Tables, Relations, Own = unknown> {
  readonly tables: Tables
  readonly relations: Relations
  /** The relations of the table itself. */
  readonly own: Own
}

/** The place of a table that is in no schema. */
export type Unlinked = Links<Record<never, never>, Record<never, never>, Record<never, never>>

/** A table: a plain value that queries, resources and migrations read. */
export interface Table<
  Name extends string = string,
  Columns extends ColumnInputs = ColumnInputs,
  Hidden extends string = never,
  Linked = Unlinked,
> {
  readonly name: Name
  /** Every column resolved, in the order of declaration. A database knows a table by this object. */
  readonly columns: { readonly [K in keyof Columns]: ColumnOf<Columns[K]> }
  /** The name of the primary key column. */
  readonly primaryKey: string
  readonly indexes: readonly (readonly string[])[]
  readonly unique: readonly (readonly string[])[]
  readonly policy: Policy<RowOf<Columns>>
  readonly fields: FieldRules<RowOf<Columns>>
  /** The ways to rows of other tables, as `schema()` declared them. */
  readonly relations: Readonly<Record<string, Relation<AnyTable>>>
  /** The operations whose changes are told to `onChange` of the database. */
  readonly audit: readonly Written[]
  readonly appendOnly: boolean
  /** Holds besides every rule of the policy, as `schema()` declared it. */
  readonly restrict: Rule<RowOf<Columns>> | undefined
  /** Carries the declared columns for inference; has no value at run time. */
  readonly $columns?: Columns
  /** Carries the names of the columns with a rule of reading; has no value at run time. */
  readonly $hidden?: Hidden
  /** Carries the place in a schema; has no value at run time. */
  readonly $links?: Linked
}

// The widest table: its columns' types are erased so that a table of any shape is assignable to it.
// biome-ignore lint/suspicious/noExplicitAny: variance of Policy makes unknown too narrow here
export type AnyTable = Table<string, any, any, any>

/** The row that a table holds. Columns with a rule of reading may be null. */
export type Row<T extends AnyTable> = RowOf<ColumnsOf<T>, NonNullable<T['$hidden']>>
/** What creating a row takes. */
export type Insert<T extends AnyTable> = InsertOf<ColumnsOf<T>>
/** What updating a row takes. */
export type Patch<T extends AnyTable> = PatchOf<ColumnsOf<T>>

// Looked up by name, which costs less than inferring them from a table.
type ColumnsOf<T extends AnyTable> = NonNullable<T['$columns']>
type LinksOf<T extends AnyTable> = NonNullable<T['$links']>

/** The relations of a table as they were declared, by name. */
export type RelationsOf<T extends AnyTable> = LinksOf<T>['own']

/** A table at its place in a schema. */
export type Linked<Tables, Relations, Key extends keyof Tables> =
  Tables[Key] extends Table<infer Name, infer Columns, infer Hidden, infer _>
    ? Table<Name, Columns, Hidden, Links<Tables, Relations, OwnRelations<Relations, Key>>>
    : never

type OwnRelations<Relations, Key> = Key extends keyof Relations
  ? Relations[Key]
  : Record<never, never>

/** The table that a relation of `T` leads to. */
export type Related<
  T extends AnyTable,
  Name extends keyof RelationsOf<T>,
> = RelationsOf<T>[Name] extends { readonly target: infer Target }
  ? Target extends keyof LinksOf<T>['tables']
    ? Linked<LinksOf<T>['tables'], LinksOf<T>['relations'], Target>
    : never
  : never
