/** A table, or an index in its whole length, that a plan reads from its start. */
export interface Scan {
  /** The table, or what the statement calls it. */
  readonly name: string
  readonly index?: string | undefined
}

/** A plan as a driver finds it. */
export interface FoundPlan {
  readonly lines: readonly string[]
  readonly scans: readonly Scan[]
  /** Whether rows are sorted after they were found. */
  readonly sorts: boolean
}

/** Finds plans; the statement is one of those that have some. */
export type PlanFinder = (text: string) => Promise<FoundPlan | undefined>

/** Milliseconds that a database is given. */
export const PLAN_TIMEOUT = 2000
