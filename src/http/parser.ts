import type { Issue } from '../kernel/index.ts'

/** Where what is wrong is noted. */
export interface Notes {
  /** The place of the value, such as `body`. */
  readonly path: string
  readonly issues: Issue[]
  /** Whether the first issue is enough. Default false. */
  readonly firstOnly?: boolean
}

/** A schema as operations use it, whichever library it is of: made once, at start. */
export interface Parser {
  /** Reads a value and notes what is wrong, unknown keys at every depth included. */
  readonly parse: (value: unknown, notes: Notes) => unknown
  /** The names that an object schema declares. Throws `misuse` for a schema that declares none. */
  readonly names: () => readonly string[]
  /** The names of those entries that take a list. */
  readonly lists: () => ReadonlySet<string>
  /** Whether a value that is absent is accepted. */
  readonly isOptional: () => boolean
}
