/**
 * What stands between a server and the handlers: operations and their guards, routing, validation,
 * problem documents, cookies, limits, and the way of a request through all of them.
 *
 * Import from `plinth/http`.
 *
 * @module
 */
export type { AppOptions, Around, Limits } from './app.ts'
export { type CookieOptions, parseCookies, serializeCookie } from './cookies.ts'
export { createApp } from './create-app.ts'
export { content, type DefineOperation, defineOperation, type Schemas } from './define.ts'
export { type Client, fromRequest, fromResponse, tooLarge, toResponse } from './fetch.ts'
export { anyone, type Guard, role, signedIn } from './guard.ts'
export type { App, Incoming, Outgoing } from './message.ts'
export type {
  Answer,
  Authenticate,
  Content,
  Context,
  InputOf,
  InputSchemas,
  Method,
  Operation,
  OperationSpec,
  OperationTransaction,
  OperationTree,
  OutputOf,
  Principal,
  Responses,
  Wire,
} from './operation.ts'
export { listOperations } from './operations.ts'
export { type Problem, toProblem } from './problem.ts'
export { createProxyTrust, type Origination, type ProxyTrust } from './proxy.ts'
export { toStrict } from './strict.ts'
export { formatTraceparent, parseTraceparent } from './trace.ts'
export { parse } from './validate.ts'
