/**
 * Calls an app's operations with the types of `typeof app`: no generated code, no server code.
 *
 * Import from `plinth/client`.
 *
 * @module plinth/client
 */
export { client } from './client.ts'
export { ClientError, type ClientErrorCode } from './error.ts'
export type { AnswerKind, BodyKind, Route, RouteHints, Routes } from './manifest.ts'
export type { ClientOptions, Fetch } from './options.ts'
export type {
  Call,
  CallOptions,
  Client,
  Described,
  Failure,
  ListCall,
  ProblemBody,
  ProblemStatus,
  Result,
  RetryOptions,
} from './types.ts'
export { type AnyResult, type Unwrapped, unwrap } from './unwrap.ts'
