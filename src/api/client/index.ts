/**
 * Calls an app's operations with the types of `typeof app`: no generated code, no server code.
 *
 * Import from `plinth/client`.
 *
 * @module
 */
export { type ClientOptions, client, type Fetch } from './client.ts'
export { ClientError, type ClientErrorCode } from './error.ts'
export type { Route, Routes } from './manifest.ts'
export type {
  Call,
  CallOptions,
  Client,
  Described,
  Failure,
  ProblemBody,
  ProblemStatus,
  Result,
} from './types.ts'
