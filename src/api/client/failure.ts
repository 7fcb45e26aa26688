import { ClientError } from './error.ts'
import type { Answer } from './types.ts'

/**
 * The result of a call that has no answer: status 0, as a network error has in the Fetch standard.
 * Anything but a `ClientError` is somebody else's, and is thrown.
 */
export function toFailure(error: unknown): Answer {
  if (!(error instanceof ClientError)) throw error
  const { code, message: detail } = error
  const body = { type: 'about:blank', title: 'No Answer', status: 0, code, detail, cause: error }
  return { status: 0, body, headers: new Headers() }
}
