/**
 * What stands between a server and the handlers: operations and their guards, routing, validation,
 * problem documents, cookies, limits, and the way of a request through all of them.
 *
 * Import from `plinth/http`.
 *
 * @module plinth/http
 */
export type { AppLimits, AppOptions, Around, Limits } from './app.ts'
export type { Body } from './body/body.ts'
export { type BytesBody, type BytesOptions, bytes } from './body/bytes.ts'
export { type FormBody, form } from './body/form.ts'
export { type JsonBody, json } from './body/json.ts'
export {
  type FileOptions,
  type FilesOptions,
  file,
  type MultipartBody,
  type MultipartInput,
  type MultipartOutput,
  multipart,
  type UploadedFile,
} from './body/multipart.ts'
export { type TextBody, type TextOptions, text } from './body/text.ts'
export { type BranchOptions, branch } from './branch.ts'
export type { CacheOptions } from './caching.ts'
export type { Context } from './context.ts'
export { type CookieOptions, parseCookies, serializeCookie } from './cookies.ts'
export { createApp } from './create-app.ts'
export { content, type DefineOperation, defineOperation, type Schemas } from './define.ts'
export type { Deprecation } from './deprecation.ts'
export { type Download, type DownloadBody, type DownloadSource, download } from './download.ts'
export { type Events, events, type ReceivedEvent, type ServerEvent } from './events.ts'
export { every } from './every.ts'
export type { Example } from './examples.ts'
export {
  bodyIncomplete,
  type Client,
  fromRequest,
  fromResponse,
  tooLarge,
  toResponse,
} from './fetch.ts'
export { anyone, type Guard, isGuard, permission, role, signedIn } from './guard.ts'
export { Html, type HtmlPart, hashSource, html } from './html.ts'
export { type JsonSchema, toJsonSchema } from './json-schema.ts'
export { addressBlock } from './limits/address-block.ts'
export type { RateLimitState } from './limits/algorithm.ts'
export {
  type ConcurrencyLimit,
  type ConcurrencyLimitOptions,
  concurrencyLimit,
} from './limits/concurrency-limit.ts'
export { type HeaderKey, header, type KeyFunction, type LimitKey } from './limits/key.ts'
export { type MemoryStoreOptions, memoryStore } from './limits/memory-store.ts'
export {
  type LimitCost,
  type RateLimit,
  type RateLimitOptions,
  rateLimit,
} from './limits/rate-limit.ts'
export type { RequestLimit } from './limits/request-limit.ts'
export type {
  RateLimitAlgorithm,
  RateLimitDecision,
  RateLimitRule,
  RateLimitStore,
} from './limits/rule.ts'
export { takeFrom } from './limits/take.ts'
export { type Lines, lines } from './lines.ts'
export { loopback } from './loopback.ts'
export type { App, Incoming, Outgoing } from './message.ts'
export type { Middleware, Next, Passed } from './middleware.ts'
export type {
  Authenticate,
  Idempotency,
  Method,
  Operation,
  OperationSpec,
  OperationTransaction,
  OperationTree,
} from './operation.ts'
export { listOperations } from './operations.ts'
export type { Fetch } from './outbound.ts'
export type { OutboundOptions } from './outbound-allowed.ts'
export { parse } from './parse.ts'
export type { InputOf, InputSchemas } from './parts.ts'
export type { Assurance, Principal } from './principal.ts'
export { type Problem, toProblem } from './problem.ts'
export { createProxyTrust, type Origination, type ProxyTrust } from './proxy.ts'
export { isPublicHost } from './public-host.ts'
export type { Answer, Content, OutputOf, ResponseKind, Responses, Wire } from './responses.ts'
export {
  isValibot,
  type JsonSchemaOptions,
  type Schema,
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type SchemaResult,
} from './schema.ts'
export { createStandardWriter } from './standard-parser.ts'
export { assurance, fresh } from './step-up.ts'
export { toStrict } from './strict.ts'
export { formatTraceparent, parseTraceparent } from './trace.ts'
