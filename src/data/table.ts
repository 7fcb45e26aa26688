import type * as v from 'valibot'
import type { Column, Fill } from './column.ts'
import type { AnyRule, FieldRules, Policy } from './policy.ts'

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

type Flat<T> = { [K in keyof T]: T[K] } & {}

export type RowOf<Columns> = Flat<{ -readonly [K in keyof Columns]: OutputOf<Columns[K]> }>
export type InsertOf<Columns> = Flat<
  { -readonly [K in Exclude<keyof Columns, OptionalKeys<Columns>>]: InputOf<Columns[K]> } & {
    -readonly [K in OptionalKeys<Columns>]?: InputOf<Columns[K]> | undefined
  }
>
export type PatchOf<Columns> = Flat<{
  -readonly [K in keyof Columns]?: InputOf<Columns[K]> | undefined
}>

/** What stands beside the columns: indexes, unique keys and access rules. */
export interface TableOptions<Columns> {
  /** Each entry is the list of columns of one index, in order. References have theirs without. */
  readonly indexes?: readonly (readonly (keyof Columns & string)[])[]
  /** Each entry is a list of columns whose values no two rows share. Null is never shared. */
  readonly unique?: readonly (readonly (keyof Columns & string)[])[]
  /** Who may do what with which rows. What no rule allows is denied. */
  readonly policy?: Policy<RowOf<Columns>>
  /** Who may read and write which columns, beside the rules of the row. */
  readonly fields?: FieldRules
}

/** A table: a plain value that queries, resources and migrations read. */
export interface Table<Name extends string = string, Columns extends ColumnInputs = ColumnInputs> {
  readonly name: Name
  /** Every column resolved, in the order of declaration. */
  readonly columns: { readonly [K in keyof Columns]: ColumnOf<Columns[K]> }
  /** The name of the primary key column. */
  readonly primaryKey: string
  readonly indexes: readonly (readonly string[])[]
  readonly unique: readonly (readonly string[])[]
  readonly policy: Policy<RowOf<Columns>>
  /** Who may read and write which columns. */
  readonly fields: FieldRules
  readonly relations: Readonly<Record<string, DeclaredRelation>>
  /** What must hold beside every rule. */
  readonly restrict: AnyRule | undefined
  /** Carries the declared columns for inference; has no value at run time. */
  readonly $columns?: Columns
}

/** A relation as `schema()` declares it. */
export interface DeclaredRelation {
  readonly kind: 'one' | 'many'
  readonly target: () => AnyTable
  /** `one`: the own column that refers to the target. `many`: the target's column that refers back. */
  readonly column?: string | undefined
  readonly through?:
    | { readonly table: () => AnyTable; readonly from: string; readonly to: string }
    | undefined
}

// The widest table: its columns' types are erased so that a table of any shape is assignable to it.
// biome-ignore lint/suspicious/noExplicitAny: variance of Policy makes unknown too narrow here
export type AnyTable = Table<string, any>

/** The row that a table holds. */
export type Row<T extends AnyTable> =
  T extends Table<string, infer Columns> ? RowOf<Columns> : never
/** What creating a row takes. */
export type Insert<T extends AnyTable> =
  T extends Table<string, infer Columns> ? InsertOf<Columns> : never
/** What updating a row takes. */
export type Patch<T extends AnyTable> =
  T extends Table<string, infer Columns> ? PatchOf<Columns> : never
