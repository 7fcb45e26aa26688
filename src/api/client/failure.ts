import { ClientError, type ClientErrorCode } from './error.ts'
import type { Answer } from './types.ts'

const TITLES: Partial<Record<ClientErrorCode, string>> = {
  network: 'No Answer',
  timeout: 'No Answer in Time',
  invalid_answer: 'No Usable Answer',
  no_routes: 'No Routes',
}

/**
 * The result of a call that has no answer: status 0, as a network error has in the Fetch standard.
 * What is the caller's own mistake is thrown.
 */
export function toFailure(error: unknown): Answer {
  const title = error instanceof ClientError && TITLES[error.code]
  if (!title) throw error
  const { code, message } = error
  const body = { type: 'about:blank', title, status: 0, code, detail: message, cause: error }
  return { status: 0, body, headers: new Headers() }
}
