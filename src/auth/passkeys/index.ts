/**
 * Passkeys: signing in with a fingerprint, a face or a PIN instead of a password, and as a second factor
 * after one. Verification stands on `@simplewebauthn/server`, which has to be installed beside.
 *
 * Import from `plinth/auth/passkeys`.
 *
 * @module plinth/auth/passkeys
 */

export type {
  PasskeyAssertion,
  PasskeyAttestation,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from './ceremonies.ts'
export type { PasskeyOperations } from './operations.ts'
export { type PasskeysOptions, passkeys } from './passkeys.ts'
export type { PasskeyView } from './wire.ts'
