import type { Outgoing } from './message.ts'
import { isPublic, toProblem } from './problem.ts'
import { createBaseHeaders } from './security-headers.ts'

const PROBLEM = createBaseHeaders('application/problem+json')

/** Writes whatever was thrown as the problem document that the caller may see. */
export function encodeProblem(error: unknown, secure: boolean): Outgoing {
  const problem = toProblem(error)
  const base = secure ? PROBLEM.https : PROBLEM.http
  const headers = isPublic(error) && error.headers ? { ...base, ...error.headers } : base
  return { status: problem.status, headers, body: JSON.stringify(problem) }
}
