/** A back end with authenticator apps as well. */
export { auth, openAuth, password, totp } from 'plinth/auth'
export * from './base.ts'
