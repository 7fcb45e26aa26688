/** How a database would run a statement. */
export interface QueryPlan {
  /** In the database's own words. */
  readonly lines: readonly string[]
  /** What is slow about it, such as `reads all of orders: no index serves owner`. */
  readonly notes: readonly string[]
}

/**
 * Asks how the database would run a statement with placeholders, which is not run. Undefined for
 * statements that have no plan. Rejects when the database does.
 */
export type QueryPlanner = (text: string) => Promise<QueryPlan | undefined>
