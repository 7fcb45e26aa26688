import type { Clock, Signals } from '../kernel/index.ts'
import type { Context } from './context.ts'
import type { RequestLimit } from './limits/request-limit.ts'
import type { RateLimitStore } from './limits/rule.ts'
import type { Authenticate, Operation, OperationTree } from './operation.ts'
import type { OutboundOptions } from './outbound-allowed.ts'
import type { Answer } from './responses.ts'

/** Bounds on what one request may take. */
export interface Limits {
  /**
   * Bytes of body. Default 256 KiB: JSON is parsed at once, and a megabyte of names that are all different holds
   * up everybody else for a tenth of a second.
   */
  readonly bodyBytes: number
  /** Nesting of JSON. Default 32. */
  readonly jsonDepth: number
  /** Milliseconds until a request is answered 503. Default 30,000. */
  readonly timeout: number
}

/** The limits of an app: on what one request may take, and on how many there may be. */
export interface AppLimits extends Partial<Limits> {
  /**
   * Limits that all operations share, those that are `essential` excepted: `rateLimit()` and
   * `concurrencyLimit()`. They come before those of the operations. Default: none.
   */
  readonly requests?: readonly RequestLimit[]
}

/**
 * Runs a handler: the place where the module that mounts operations adds its services to the
 * context (`db`, a transaction) and looks at the answer before it is sent.
 */
export type Around = (
  operation: Operation,
  context: Context,
  handler: (services: Readonly<Record<string, unknown>>) => Answer | Promise<Answer>,
) => Answer | Promise<Answer>

/** What an app is made of. */
export interface AppOptions {
  readonly operations: OperationTree
  readonly signals?: Signals
  readonly clock?: Clock
  /** Default: nobody is ever signed in. */
  readonly authenticate?: Authenticate
  /** Default: calls the handler with no services. */
  readonly around?: Around
  /** What middleware is given beside the context, outside of `around`. Default: nothing. */
  readonly services?: (context: Context) => Readonly<Record<string, unknown>>
  /** Writes an answer that a middleware gave in the handler's stead. Default: as it is. */
  readonly write?: (operation: Operation, answer: Answer) => Answer | Promise<Answer>
  /** Answers what no operation does, such as a Hono app's `fetch`. Default: 404. */
  readonly fallback?: (request: Request) => Response | Promise<Response>
  readonly limits?: AppLimits
  /** Counts for rate limits whose store is `database`. Default: there are none. */
  readonly limitStore?: RateLimitStore
  /**
   * Origins beside the app's own, such as `https://admin.shop.example`, whose scripts may send
   * requests with cookies and read the answers (CORS). Browsers send the session's cookie along from
   * the same site only, `localhost` with any port included; scripts of other sites use a bearer token.
   * Default: none.
   */
  readonly trustedOrigins?: readonly string[]
  /**
   * Whether text of 1 KiB and more is compressed for clients that take gzip. Default true. Answers that
   * set cookies are not, and neither are answers to a browser's request with cookies that does not
   * come from the app's own pages: their length would tell what is in them (BREACH).
   */
  readonly compress?: boolean
  /**
   * Origins beside the app's own and `trustedOrigins` that answers of 3xx may lead to by `location`, such as
   * `https://pay.example`. A redirect elsewhere is `misuse` (500). Default: none.
   */
  readonly redirects?: readonly string[]
  /**
   * Where handlers may send requests by `fetch` of their context: `{ allow: ['https://rates.example'] }`.
   * Everything else, redirects included, is refused. Default: anywhere, so set it where users have a
   * say in the URL.
   */
  readonly outbound?: OutboundOptions
  /** Called by `close`. */
  readonly onClose?: () => Promise<void>
}
