/** Passwords and sessions, and nothing else. */
export { auth, openAuth, password } from 'plinth/auth'
