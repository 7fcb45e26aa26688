import type { Actor } from '../kernel/index.ts'
import type { Filter } from './filter.ts'

/**
 * Says which rows an operation may touch. A constant holds for everyone, signed in or not; a
 * function is asked about the signed-in actor and denies everyone else.
 *
 * A function only reads its actor: it is asked anew for every query, and once when the database is
 * opened, about an actor without roles, so that a misspelt column is found before the first request.
 */
export type Rule<Row> = boolean | Filter<Row> | ((actor: Actor) => boolean | Filter<Row>)

/** A table's access rules. An operation's own rule replaces `all`; without either it is denied. */
export interface Policy<Row> {
  readonly all?: Rule<Row>
  readonly read?: Rule<Row>
  /** Holds for the row as it is stored, defaults included. */
  readonly create?: Rule<Row>
  /** Holds for the row as it was and as it becomes. */
  readonly update?: Rule<Row>
  readonly delete?: Rule<Row>
}

export type PolicyOperation = 'read' | 'create' | 'update' | 'delete'

/** A rule whose row's type is erased. */
export type AnyRule = Rule<Record<string, unknown>>

/** Who may read and write one column. What has no rule follows the row's. */
export interface FieldRule {
  readonly read?: AnyRule
  readonly write?: AnyRule
}

export type FieldRules = Readonly<Record<string, FieldRule>>
