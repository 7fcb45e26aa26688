import { toJson } from './json-text.ts'
import type { Outgoing } from './message.ts'
import { isPublic, toProblem } from './problem.ts'
import { createBaseHeaders, mergeHeaders } from './response-headers.ts'

const PROBLEM = createBaseHeaders('application/problem+json')

/**
 * Writes whatever was thrown as the problem document that the caller may see. Throws when an error
 * asks for headers or details that cannot be sent, which then is an error of the server.
 */
export function encodeProblem(error: unknown, secure: boolean): Outgoing {
  const problem = toProblem(error)
  const base = secure ? PROBLEM.https : PROBLEM.http
  const own = isPublic(error) ? error.headers : undefined
  const headers = own ? mergeHeaders(base, own, `error ${problem.code}`) : base
  return { status: problem.status, headers, body: toJson(problem) ?? null }
}
