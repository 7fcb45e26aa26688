import { PlinthError } from '../kernel/index.ts'

/** The codes of errors that this module throws, beside `misuse`. */
export type AuditErrorCode = 'audit_broken' | 'audit_cut_refused'

/** The log is not what it was: nothing is added to it until somebody has looked. */
export function auditBroken(problem: string): PlinthError<AuditErrorCode> {
  return new PlinthError('audit_broken', 'The audit log cannot be written.', {
    status: 500,
    cause: new Error(`The audit log is damaged: ${problem}. Run: npx plinth audit verify`),
  })
}

/** Entries can be removed up to a signed checkpoint only. */
export function cutRefused(reason: string): PlinthError<AuditErrorCode> {
  return new PlinthError('audit_cut_refused', reason, { status: 409 })
}
