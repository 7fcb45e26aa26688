import type { Actor, Scope } from '../kernel/index.ts'
import type { CacheOptions } from './caching.ts'
import type { Deprecation } from './deprecation.ts'
import type { Example } from './examples.ts'
import type { Guard } from './guard.ts'
import type { RequestLimit } from './limits/request-limit.ts'
import type { Incoming } from './message.ts'
import type { Middleware } from './middleware.ts'
import type { InputSchemas } from './parts.ts'
import type { Principal } from './principal.ts'
import type { Answer, Responses } from './responses.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** How an operation is declared. */
export interface OperationSpec<
  I extends InputSchemas = InputSchemas,
  R extends Responses = Responses,
  A extends Actor | null = Actor,
> {
  readonly method: Method
  /** Such as `/notes/:id`. Every parameter needs a key in `params`. */
  readonly path: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  /** Whether it should no longer be used; with dates, every answer tells them. Default: false. */
  readonly deprecated?: boolean | Deprecation
  /** Schemas of the parts; string values are coerced by the schema (`v.pipe(v.string(), v.toNumber())`). */
  readonly params?: I['params']
  readonly query?: I['query']
  readonly headers?: I['headers']
  readonly cookies?: I['cookies']
  /** A schema of JSON, or `form()`, `multipart()`, `text()`, `bytes()`. */
  readonly body?: I['body']
  readonly responses: R
  /** Codes of the refusals that the handler throws, by status: `{ 409: ['sold_out'] }`. For the description. */
  readonly errors?: Readonly<Record<number, readonly string[]>>
  /** What header fields of answers say, by status and name, such as `{ 201: { location: 'Where it is.' } }`. */
  readonly responseHeaders?: Readonly<Record<number, Readonly<Record<string, string>>>>
  /** For the description. Each is held against the schemas when the app is made. */
  readonly examples?: Readonly<Record<string, Example<I, R>>>
  /** Who may call it. Default: `signedIn`. */
  readonly guard?: Guard<A>
  /** What stands around the handler, outermost first. Typed additions come by `operation.with`. */
  readonly middleware?: readonly Middleware[]
  /** Bytes of body accepted. Default: the app's limit. */
  readonly bodyLimit?: number
  /**
   * How long answers below 400 to a GET may be kept. Default: not at all (`no-store`), and those with an
   * `etag` or `last-modified` are asked about before each use (`private, no-cache`).
   */
  readonly cache?: CacheOptions
  /** Whether answers are compressed. Default: the app's setting, and `lines()` only with true. */
  readonly compress?: boolean
  /**
   * Milliseconds until the request is given up with 503. Default: the app's limit. Counted until the
   * headers of the answer: a stream may last as long as somebody reads it.
   */
  readonly timeout?: number
  /**
   * Whether the handler runs in one transaction, rolled back when it throws or answers 400 or above.
   * Default: true for every method but GET. A handler that reads before it writes, and relies on what
   * it read, asks for the isolation that holds it to that.
   */
  readonly transaction?: boolean | OperationTransaction
  /** Whether, and for how long, `Idempotency-Key` is honoured. Default: false. Needs `transaction`. */
  readonly idempotent?: boolean | Idempotency
  /** How often and how many at a time: `rateLimit()` and `concurrencyLimit()`. Default: the app's. */
  readonly limits?: readonly RequestLimit[]
  /**
   * Whether it is answered even when the server turns requests away, and held to no limit of the app:
   * for what watches over the server. Default: false.
   */
  readonly essential?: boolean
  /** Whether it is in the API's description. Default: true; false for pages, which no client calls. */
  readonly described?: boolean
  /**
   * Whether browsers may send it from other sites, which the origin check refuses otherwise. Only for what
   * does nothing with the rights of its sender, such as handing on the form of a sign-in provider.
   * Default: false.
   */
  readonly fromOtherSites?: boolean
}

/** How an operation honours `Idempotency-Key`. */
export interface Idempotency {
  /** Milliseconds for which an answer is kept. Default: a day. */
  readonly keep?: number
  /**
   * Milliseconds that a request waits for one with the same key that is at work, before it is answered
   * 409 `idempotency_in_flight`. Default 3,000.
   */
  readonly wait?: number
}

/** How an operation's transaction is isolated. Default: the database's usual level. */
export interface OperationTransaction {
  readonly isolation: 'read committed' | 'repeatable read' | 'serializable'
}

/**
 * An operation: a declaration and its handler as one value. Only the types of what goes over the
 * wire are kept, so a client's types never reach the handler's.
 */
export interface Operation<Input = unknown, Output = unknown> {
  readonly kind: 'operation'
  readonly spec: OperationSpec<InputSchemas, Responses, Actor | null>
  // The mounting module supplies the context whose type was checked where the handler was written.
  // biome-ignore lint/suspicious/noExplicitAny: erased on purpose, see above
  readonly handler: (context: any) => Answer | Promise<Answer>
  /** Types only: what a client sends. */
  readonly $input?: Input
  /** Types only: what a client receives, by status. */
  readonly $output?: Output
}

/**
 * Operations by name, at any depth: the names become operation ids and client methods. A module of
 * operations (`import * as orders from './orders.ts'`) is a tree as well.
 *
 * The type asks for objects only, so that the compiler and the editor know an app without a look into
 * the modules that it is made of. What in a tree is no operation is refused when the app is made.
 */
export interface OperationTree {
  readonly [name: string]: object
}

/** Finds out who is calling. Null is nobody. */
export type Authenticate = (
  incoming: Incoming,
  scope: Scope,
) => Principal | null | Promise<Principal | null>
