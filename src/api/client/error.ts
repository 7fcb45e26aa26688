/**
 * Why a call has no answer at all.
 *
 * - `network`: the server was not reached, or hung up.
 * - `unknown_operation`: the server's manifest has no operation of this name.
 * - `invalid_params`: a path parameter is missing, empty, `.` or `..`, and would change the path.
 * - `invalid_answer`: what came back is not what a Plinth server sends.
 */
export type ClientErrorCode = 'network' | 'unknown_operation' | 'invalid_params' | 'invalid_answer'

/** Thrown when a call gets no answer. An answer of any status is a result and is never thrown. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  readonly code: ClientErrorCode

  constructor(code: ClientErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
