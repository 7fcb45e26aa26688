import { type Issue, PlinthError } from '../kernel/index.ts'

/** More would help nobody, and would let a small request ask for a large answer. */
const MAX_ISSUES = 100

/** Keys are the sender's: they are told back, but not at any length. */
const MAX_PATH = 256

/** Notes an issue, unless there are enough. */
export function addIssue(issues: Issue[], path: string, message: string): void {
  if (areEnough(issues)) return
  issues.push({ path: path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path, message })
}

/** Tests whether further issues would not be noted. */
export function areEnough(issues: readonly Issue[]): boolean {
  return issues.length >= MAX_ISSUES
}

/** The refusal of input that is well-formed but not what was asked for. */
export function invalidInput(issues: readonly Issue[]): PlinthError<'invalid_input'> {
  return new PlinthError('invalid_input', 'The request is not what this operation takes.', {
    status: 422,
    details: { issues },
  })
}

export const UNKNOWN_KEY = 'Unknown key'
