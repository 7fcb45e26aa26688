/** Passwords and sessions, and a factor more. */
export { auth, openAuth, password } from 'plinth/auth'
export { google } from 'plinth/auth/oauth'
