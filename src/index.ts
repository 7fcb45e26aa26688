/**
 * `backend()`: a whole back end from its parts. It only calls the modules' public doors in the right
 * order; reading it shows how to do the same by hand.
 *
 * Import from `plinth`.
 *
 * @module plinth
 */
export { type Backend, type BackendOptions, backend, type NoOperations } from './backend.ts'
