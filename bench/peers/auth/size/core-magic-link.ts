/** Passwords and sessions, and a factor more. */
export { auth, magicLink, openAuth, password } from 'plinth/auth'
