/**
 * An append-only log of security events and of changes of marked tables, written in the same commit as what
 * it tells of, chained by hash and signed, so that whoever changes it is found out.
 *
 * Import from `plinth/audit`.
 *
 * @module plinth/audit
 */
export { audit } from './audit.ts'
export { canonicalJson } from './canonical.ts'
export type { Checkpoint } from './checkpoint.ts'
export type { Cut } from './cut.ts'
export type { Audit, AuditOptions, CheckpointOptions } from './description.ts'
export { type AuditEntry, toStoredEntry } from './entry.ts'
export type { AuditErrorCode } from './errors.ts'
export { type AuditKeys, createVerifier } from './keys.ts'
export type { AuditPorts, AuthEventTold, OpenAudit, VerifyOptions } from './open.ts'
export { openAudit } from './open-audit.ts'
export type { AuditOperations } from './operations.ts'
export type { AuditFilter, AuditQuery } from './search.ts'
export type { SecurityFacts } from './security-event.ts'
export { auditTables } from './tables.ts'
export { type Finding, type Verification, type VerifiedLog, verifyLog } from './verify.ts'
