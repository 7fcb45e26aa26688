/** What PostgreSQL is sent for a value: its text, or the bytes of a bytea. */
export type WireValue = string | Uint8Array | null

/** One statement of a batch. */
export interface Step {
  readonly text: string
  /** The name that it is prepared under. */
  readonly name: string
  /** Whether the server does not know the name yet. */
  readonly parse: boolean
  /** Whether the columns of its rows are to be told. */
  readonly describe: boolean
  readonly values: readonly WireValue[]
}

export interface WireColumn {
  readonly name: string
  /** The type's object id. */
  readonly type: number
}

export interface Answer {
  /** As text, made for whoever asked. */
  readonly rows: (string | null)[][]
  readonly columns: readonly WireColumn[]
  /** The command and how many rows it was about, such as `UPDATE 3`. */
  readonly tag: string
}

export interface Outcome {
  /** Of the steps that succeeded. */
  readonly answers: readonly Answer[]
  /** What the first step that did not succeed failed with; those behind it were not run. */
  readonly error?: unknown
  /** Whether no transaction is open now; told where nothing failed. */
  readonly idle?: boolean
}

/**
 * The way to one server process. A batch is one round trip: its steps run one after the other up to
 * the first that fails. One batch at a time.
 */
export interface Wire {
  /** False as soon as the connection is known to be lost. */
  readonly open: boolean
  /** Sends the steps, and the names of prepared statements that the server can forget. */
  send(steps: readonly Step[], forgotten: readonly string[]): Promise<Outcome>
  /** Asks the server to end the batch that runs. */
  cancel(): Promise<void>
  /**
   * Drops the connection at once; a batch that runs fails. Absent where the connection is the database
   * itself, and a batch that runs ends soon in any case.
   */
  destroy?(): void
  /** Says goodbye. */
  end(): Promise<void>
}
