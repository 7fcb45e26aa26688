/** One step from the database to the tables in code. */
export interface MigrationStep {
  /** What it does, such as `add column notes.body`. */
  readonly summary: string
  readonly sql: readonly string[]
  /** Whom it keeps waiting while it runs, and how that can be avoided; absent where nobody is. */
  readonly blocks?: string
}

/** What `migrate` would do, and what it refuses to. */
export interface MigrationPlan {
  /** `sqlite`, `postgresql`, `mysql` or `mariadb`. */
  readonly database: string
  readonly steps: readonly MigrationStep[]
  /** Differences that would lose data or cannot be made safely, each with its reason. */
  readonly refused: readonly string[]
  /** What is not in code any more and stays. */
  readonly notes: readonly string[]
}

/** What a migration may do beside what loses nothing. */
export interface MigrationOptions {
  /**
   * What may be lost, by name: `drop:notes` a table, `drop:notes.body` a column with its values,
   * `alter:notes.rank` converts a column to its new type, makes it required, or changes what it
   * refers to.
   */
  readonly allow?: readonly string[]
  /**
   * What got another name: `{ notes: 'memos' }` a table, `{ 'memos.body': 'memos.text' }` a column,
   * said with the name that its table has in code.
   */
  readonly rename?: Readonly<Record<string, string>>
}

export interface PlanOptions extends MigrationOptions {
  /**
   * Plans for databases that are not at hand, as for a file: all tables are taken to have rows.
   * Default: whether the database was migrated from files.
   */
  readonly assumeRows?: boolean
  /** Plans as if the database had no tables. Default false. */
  readonly fromEmpty?: boolean
}

/** A migration as a team keeps it: `toMigrationFile` writes its text. */
export interface MigrationFile {
  /** Files are run in the order of their names: `0001_create-notes.sql`. */
  readonly name: string
  readonly text: string
}

export interface ApplyMigrationOptions {
  /**
   * The last of the files whose changes the database has already, from before there were files: it and
   * those before it are recorded without being run. `misuse` where files were run before.
   */
  readonly baseline?: string
}

/** What was run on a database of a list of migration files. */
export interface MigrationStatus {
  readonly applied: readonly { readonly name: string; readonly at: Date }[]
  readonly pending: readonly string[]
  /** The file that failed half-way on a database that cannot undo changes of structure. */
  readonly failed:
    | { readonly name: string; readonly statement: number; readonly statements: number }
    | undefined
  /** Files that were applied and are not in the list. */
  readonly missing: readonly string[]
  /** Files that are not what was applied under their names. */
  readonly changed: readonly string[]
  /** How the database differs from the tables in code now. */
  readonly differences: readonly string[]
  /** What is not in code any more and stays. */
  readonly notes: readonly string[]
}
