/** A back end with links by mail as well. */
export { auth, magicLink, openAuth, password } from 'plinth/auth'
export * from './base.ts'
