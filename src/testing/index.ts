/**
 * What a team needs in its own tests, with any test runner: a fresh database, a clock that stands
 * still, recorded signals, and visitors who use an app in process, signed in or not.
 *
 * Import from `plinth/testing`.
 *
 * @module plinth/testing
 */
export { type Actors, createActors } from './actors.ts'
export { createFakeClock, type FakeClock } from './clock.ts'
export {
  type FreshDatabase,
  type FreshDatabaseOptions,
  freshDatabase,
} from './fresh-database.ts'
export { createOutbox, type Outbox } from './outbox.ts'
export { type Recorder, recordSignals } from './recorder.ts'
export { type Account, signIn } from './sign-in.ts'
export { createVisitor, type TestedApp, type Visitor, type VisitorRequest } from './visitor.ts'
