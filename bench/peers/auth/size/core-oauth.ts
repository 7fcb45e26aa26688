/** A back end with a provider as well. */
export { auth, openAuth, password } from 'plinth/auth'
export { google } from 'plinth/auth/oauth'
export * from './base.ts'
