import { misuse } from '../kernel/index.ts'

/** How an app is served, on every runtime that listens on a port. */
export interface ServeOptions {
  /** Default: the environment variable `PORT`, else 3000. With 0 the system chooses a free one. */
  readonly port?: number
  /** Address to listen on. Default: all of the machine's, as containers need; `127.0.0.1` for this machine only. */
  readonly hostname?: string
  /**
   * IP addresses and CIDR ranges of the proxies in front, whose forwarding headers are believed.
   * Default: none, so those headers are ignored and the peer of the connection is the client.
   */
  readonly trustedProxies?: readonly string[]
  /** Milliseconds that running requests are given to finish when the server closes. Default 10,000. */
  readonly shutdownTimeout?: number
  /**
   * Whether SIGTERM and SIGINT close the server and then end the process. A second signal ends it at
   * once. Default: true.
   */
  readonly signals?: boolean
  /** Told the address once the server listens. */
  readonly onListen?: (url: string) => void
  /** Told of failures that no answer can report, such as a stream that broke. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
}

/** A listening server. */
export interface Server {
  /** Such as `http://localhost:3000`. */
  readonly url: string
  readonly port: number
  /**
   * Stops accepting, lets running requests finish within `shutdownTimeout`, aborts the rest, and
   * closes the app. Repeated calls share one promise.
   */
  close(): Promise<void>
}

/** The options with their defaults in place. */
export interface Settings {
  readonly port: number
  readonly hostname: string | undefined
  readonly trustedProxies: readonly string[]
  readonly shutdownTimeout: number
  readonly signals: boolean
  readonly onListen: (url: string) => void
  readonly onError: (error: unknown) => void
}

const MAX_PORT = 65_535
/** Timers hold 32 bits: a longer delay fires at once. */
const MAX_DELAY = 2 ** 31 - 1

/** Checks the options and fills in the defaults. `readPort` gives the variable `PORT`, if it is needed. */
export function resolveSettings(
  options: ServeOptions,
  readPort: () => string | undefined,
): Settings {
  return {
    port: options.port === undefined ? parsePort(readPort()) : checkPort(options.port),
    hostname: options.hostname,
    trustedProxies: options.trustedProxies ?? [],
    shutdownTimeout: milliseconds('shutdownTimeout', options.shutdownTimeout ?? 10_000),
    signals: options.signals ?? true,
    onListen: options.onListen ?? (() => {}),
    onError: options.onError ?? ((error) => console.error(error)),
  }
}

/** Returns a delay in milliseconds that a timer can wait for, or throws naming the option. */
export function milliseconds(name: string, value: number): number {
  return wholeNumber(name, value, MAX_DELAY)
}

/** Returns a whole number from 0 to `max`, or throws naming the option. */
export function wholeNumber(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw misuse('serve()', `${name} must be a whole number from 0 to ${max}; got ${String(value)}`)
}

function checkPort(port: number): number {
  return wholeNumber('port', port, MAX_PORT)
}

function parsePort(variable: string | undefined): number {
  if (variable === undefined || variable === '') return 3000
  if (/^\d{1,5}$/.test(variable) && Number(variable) <= MAX_PORT) return Number(variable)
  throw misuse(
    'environment variable PORT',
    `must be a whole number from 0 to ${MAX_PORT}; got ${JSON.stringify(variable)}`,
  )
}
