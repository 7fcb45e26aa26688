import type { ProblemBody } from './types.ts'

/**
 * What went wrong.
 *
 * As the `code` of a result with status 0, there is no answer that could be used:
 *
 * - `network`: the server was not reached, or hung up.
 * - `timeout`: the answer took longer than `timeout`.
 * - `invalid_answer`: what came back is not what the operation declares.
 * - `no_routes`: `GET /operations.json` did not answer with routes.
 *
 * Only thrown:
 *
 * - `refused`: `unwrap` was given another answer than a success; it is `status` and `problem`.
 * - `unknown_operation`: the server's manifest has no operation of this name.
 * - `invalid_params`: a path parameter is missing, empty, `.` or `..`, and would change the path.
 */
export type ClientErrorCode =
  | 'network'
  | 'timeout'
  | 'invalid_answer'
  | 'no_routes'
  | 'refused'
  | 'unknown_operation'
  | 'invalid_params'

/** What of an answer goes into an error. */
export interface Refusal {
  readonly status: number
  readonly body: unknown
}

/** Thrown for misuse of a call, by `unwrap`, and while an answer is iterated. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  readonly code: ClientErrorCode
  /** The status of the answer that was refused; 0 when there was none. */
  readonly status: number
  /** The body of the answer that was refused: a problem document, or what the operation declares. */
  declare readonly problem?: ProblemBody

  constructor(code: ClientErrorCode, message: string, cause?: unknown, refusal?: Refusal) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = refusal?.status ?? 0
    if (refusal) this.problem = refusal.body as ProblemBody
  }
}
