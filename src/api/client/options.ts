import type { Routes } from './manifest.ts'
import type { RetryOptions } from './types.ts'

type MaybePromise<T> = T | Promise<T>
/** Sends a request: the web's `fetch`, or an app's own. */
export type Fetch = (request: Request) => Promise<Response>

export interface ClientOptions {
  /** Sent with every call. A function is asked before each. */
  readonly headers?: HeadersInit | (() => MaybePromise<HeadersInit>)
  /** A bearer token. A function is asked before each call and may have none. */
  readonly token?: string | (() => MaybePromise<string | null | undefined>)
  /** Whether browsers send cookies: `include` to an app of another origin that trusts this one. */
  readonly credentials?: RequestCredentials
  /** Default: the runtime's `fetch`. */
  readonly fetch?: Fetch
  /** The routes of `GET /operations.json`. Default: fetched before the first call. */
  readonly operations?: Routes
  /**
   * Milliseconds that each attempt at a call may take; a stream until it begins. Default: no end.
   */
  readonly timeout?: number
  /** How calls that are safe to repeat are repeated; a number is the limit. Default 2 times. */
  readonly retries?: number | RetryOptions
  /**
   * Whether operations declared `idempotent` are sent a key where the call brings none, so that they
   * are repeated as well. Default false.
   */
  readonly idempotencyKeys?: boolean
  /**
   * Whether each call begins a trace (`traceparent`, W3C Trace Context), or a function that gives the
   * header of the trace that it is part of. Default false.
   */
  readonly trace?: boolean | ((operation: string) => string | undefined)
}
