/** One difference between the tables in code and the database. */
export interface MigrationStep {
  /** What it does, such as `add column notes.body`. */
  readonly summary: string
  readonly sql: string
}

/** What `migrate` would do, and what it refuses to. */
export interface MigrationPlan {
  readonly steps: readonly MigrationStep[]
  /** Differences that would lose data or cannot be made safely, each with its reason. */
  readonly refused: readonly string[]
}
