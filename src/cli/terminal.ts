/** Where the command was given, and where it writes. */
export interface Terminal {
  readonly folder: string
  out(line: string): void
  err(line: string): void
}

/**
 * Done, or nothing to do; refused or failed; not understood; and, of `status`: files are pending, or
 * the database differs.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, pending: 3 } as const
