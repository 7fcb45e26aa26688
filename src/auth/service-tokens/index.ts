/**
 * Signed tokens for other services (RFC 9068): `serviceTokens()` issues them beside the sessions,
 * `verifyTokens()` takes them in a service that has no database.
 *
 * Import from `plinth/auth/service-tokens`.
 *
 * @module plinth/auth/service-tokens
 */
export type { PublicKey } from './key-set.ts'
export type { IssuedToken, KeySet, ServiceTokenOperations } from './operations.ts'
export { type ServiceTokenOptions, serviceTokens } from './service-tokens.ts'
export {
  type VerifiedAlgorithm,
  type VerifyOptions,
  verifyTokens,
} from './verify-tokens.ts'
