/** A back end with passwords and sessions. */
export { auth, openAuth, password } from 'plinth/auth'
export * from './base.ts'
