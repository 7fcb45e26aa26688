import type { Actor } from '../kernel/index.ts'
import type { Filter } from './filter.ts'

/**
 * Says which rows an operation may touch. A constant holds for everyone, signed in or not; a
 * function is asked about the signed-in actor and denies everyone else.
 *
 * A function only reads its actor: it is asked anew for every query, and once when the database is
 * opened, about an actor without roles, so that a misspelt column is found before the first request.
 */
export type Rule<Row, Meaning = Filter<Row>> =
  | boolean
  | Meaning
  | ((actor: Actor) => boolean | Meaning)

/** A table's access rules. An operation's own rule replaces `all`; without either it is denied. */
export interface Policy<Row, Meaning = Filter<Row>> {
  readonly all?: Rule<Row, Meaning>
  readonly read?: Rule<Row, Meaning>
  /** Holds for the row as it is stored, defaults included. */
  readonly create?: Rule<Row, Meaning>
  /** Holds for the row as it was and as it becomes. */
  readonly update?: Rule<Row, Meaning>
  readonly delete?: Rule<Row, Meaning>
}

export type PolicyOperation = 'read' | 'create' | 'update' | 'delete'

/**
 * Who may see and who may set one column of the rows that the policy lets them reach. These rules
 * compare columns of the row; they do not go through relations.
 */
export interface FieldRule<Row = AnyRow> {
  /**
   * Where it does not hold, the column is null: in rows, and in the filters, orders, groups and
   * aggregates of the actor. Where it holds for no row, naming the column in one of them is `denied`.
   */
  readonly read?: Rule<Row>
  /**
   * Where it does not hold for the row as it becomes, creating a row with a value for the column and
   * changing the column are `denied`.
   */
  readonly write?: Rule<Row>
}

/** Rules for columns. A column without is as readable and writable as its row. */
export type FieldRules<Row = AnyRow> = { readonly [K in keyof Row]?: FieldRule<Row> }

type AnyRow = Readonly<Record<string, unknown>>

/** A rule whose row's type is erased. */
export type AnyRule = Rule<AnyRow>
