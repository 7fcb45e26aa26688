/** What an error is made of. Everything but `cause` may be shown to the caller. */
export interface ErrorOptions {
  /** HTTP status the error maps to. Default 500. */
  readonly status?: number
  /** The thing that went wrong underneath. Private: logged, never sent. */
  readonly cause?: unknown
  /** Members added to the problem document, such as `issues`. Public. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Response headers the error asks for, such as `Retry-After` or `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * The one base class of every error Plinth throws: a literal `code` to switch on, an HTTP `status`,
 * a public `message` and a private `cause`.
 *
 * The message of an error below 500 is sent to the client as the problem's `detail`; from 500 on the
 * client sees a general sentence and the message stays in the log.
 *
 * ```ts
 * import { PlinthError } from 'plinth/kernel'
 *
 * throw new PlinthError('sold_out', 'Only 3 are left.', { status: 409, details: { left: 3 } })
 * ```
 */
export class PlinthError<Code extends string = string> extends Error {
  override readonly name: string = 'PlinthError'
  readonly code: Code
  readonly status: number
  declare readonly details?: Readonly<Record<string, unknown>>
  declare readonly headers?: Readonly<Record<string, string>>

  constructor(code: Code, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status ?? 500
    // What is not there is not printed either: of a mistake at start one reads the message.
    if (options.details) this.details = options.details
    if (options.headers) this.headers = options.headers
  }
}

/**
 * Builds the error for a mistake in the team's own code or configuration: thrown at once, status
 * 500, code `misuse`. The message names the place, the value and what was expected.
 *
 * ```ts
 * import { misuse } from 'plinth/kernel'
 *
 * throw misuse('table("notes")', 'index names unknown column "ownr"; columns are: id, owner')
 * ```
 */
export function misuse(place: string, problem: string, cause?: unknown): PlinthError<'misuse'> {
  return new PlinthError('misuse', `${place}: ${problem}`, { cause })
}

/** One thing wrong with an input: where, and what was expected. */
export interface Issue {
  /** Dotted path to the value, such as `lines.0.quantity`; empty for the whole input. */
  readonly path: string
  readonly message: string
}
