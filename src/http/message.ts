/**
 * A request as a server hands it over: what every runtime can give without building more than is
 * asked for. A `Request` becomes one with `fromRequest`.
 */
export interface Incoming {
  /** Upper case. */
  readonly method: string
  /** As sent: percent-encoded, without the query, beginning with `/`. */
  readonly path: string
  /** As sent, without the `?`; empty when there is none. */
  readonly query: string
  /** Scheme and authority the client used, such as `https://shop.example`, by the trusted-proxy setting. */
  readonly origin: string
  /** The client's IP address by the trusted-proxy setting; undefined where the runtime cannot tell. */
  readonly address: string | undefined
  /** Aborted when the client goes away or the server gives up on the request. */
  readonly signal: AbortSignal
  /** Whether the signal is aborted, where that can be told without making it. */
  readonly aborted?: boolean
  /**
   * Resolves when the runtime has called back for all that had arrived: work that is done by then needs
   * no timer. Absent where a runtime cannot tell.
   */
  endOfTurn?(): Promise<void>
  /** The value of a header named in lower case, or null. */
  header(name: string): string | null
  readonly headers: Headers
  /**
   * The whole body. Rejects with `body_too_large` (413) as soon as more than `limit` bytes are
   * announced or have arrived, whichever comes first. Read once: later calls give the same bytes.
   */
  bytes(limit: number): Uint8Array | Promise<Uint8Array>
  /**
   * The body as it arrives, no faster than it is read; instead of `bytes`, and once. Throws, or the
   * stream ends with, `body_too_large` (413) when more than `limit` bytes are announced or arrive, and
   * `body_incomplete` (400) when the client goes before the end. Cancelling it leaves the rest unread.
   */
  stream(limit: number): ReadableStream<Uint8Array>
  /** The same request as a web-standard object, for code that wants one. Its body can be read once. */
  readonly request: Request
}

/** A response before it is one: what a runtime writes out without a detour through `Response`. */
export interface Outgoing {
  readonly status: number
  /** Names in lower case. Several values are several header lines, as `set-cookie` needs. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | null
}

/** What `serve()` and every runtime need of a back end. */
export interface App {
  /** Answers a web-standard request. */
  fetch(request: Request): Promise<Response>
  /**
   * The same, for runtimes that hand over requests and write responses themselves. Never rejects.
   * An answer to `HEAD` has the body that `GET` would get: whoever writes it out leaves it away.
   */
  handle(incoming: Incoming): Promise<Outgoing>
  /**
   * The answer to a request that the server is too busy to take on, 503 `overloaded` with `Retry-After`;
   * undefined for a request that has to be taken on, for an operation that is `essential`.
   */
  shed?(incoming: Incoming): Outgoing | undefined
  /** Called when the server is told to close, `drainDelay` before it does: `/ready` answers 503 from then on. */
  drain?(): void
  /** Flushes and closes what the back end holds open. Called once, after the last request. */
  close(): Promise<void>
}
