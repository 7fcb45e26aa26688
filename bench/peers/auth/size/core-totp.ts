/** Passwords and sessions, and a factor more. */
export { auth, openAuth, password, totp } from 'plinth/auth'
