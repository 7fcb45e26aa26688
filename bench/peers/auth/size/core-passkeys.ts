/** A back end with passkeys as well. */
export { auth, openAuth, password } from 'plinth/auth'
export { passkeys } from 'plinth/auth/passkeys'
export * from './base.ts'
