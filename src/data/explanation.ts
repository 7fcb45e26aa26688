import type { FilterOf } from './filter-of.ts'
import type { OrderOf } from './order-of.ts'
import type { PolicyOperation } from './policy.ts'
import type { Select } from './result.ts'
import type { AnyTable } from './table.ts'

/** What `explain` is asked about. */
export interface ExplainQuery<T extends AnyTable> {
  /** Default `read`. */
  readonly operation?: PolicyOperation
  readonly where?: FilterOf<T> | undefined
  readonly orderBy?: OrderOf<T> | undefined
  readonly select?: Select<T>
  readonly limit?: number | undefined
}

/** One rule, and what it says about the actor. */
export interface ExplainedRule {
  /** Where it stands, such as `table("notes") policy.read`. */
  readonly place: string
  /** Whether it lets the actor reach all rows, none, or those that meet the filter. */
  readonly allows: 'all' | 'none' | 'some'
  /** What the rule answered, where it is a filter. */
  readonly filter: object | undefined
  /** The same in words. */
  readonly words: string
}

/** What applies to a query of an actor, and why. */
export interface Explanation {
  /** A sentence for each thing that matters, in English, for people. */
  readonly words: string
  /** The rules asked, in the order in which they are and-ed. */
  readonly rules: readonly ExplainedRule[]
  /** The query as the store would run it; empty where it runs none, since nothing is allowed. */
  readonly sql: string
  /** The values of the statement's parameters, in stored form: they may be personal data. */
  readonly params: readonly unknown[]
}
