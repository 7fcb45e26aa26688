/** Passwords and sessions, and a factor more. */
export { auth, openAuth, password } from 'plinth/auth'
export { passkeys } from 'plinth/auth/passkeys'
