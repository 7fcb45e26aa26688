/**
 * What a team needs in its own tests: a clock that stands still, recorded signals, and visitors that
 * use an app in process, signed in or not.
 *
 * Import from `plinth/testing`.
 *
 * @module
 */
export { createFakeClock, type FakeClock } from './clock.ts'
export { type Recorder, recordSignals } from './recorder.ts'
export {
  type Account,
  createVisitor,
  signIn,
  type Visitor,
  type VisitorRequest,
} from './visitor.ts'
