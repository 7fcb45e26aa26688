import type { App } from '../http/index.ts'
import { assertKnown, misuse } from '../kernel/index.ts'

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
  /**
   * Milliseconds from the signal, or the call of `close`, until the server stops accepting. Meanwhile it
   * answers everything, `/ready` with 503 and all with `connection: close`. Behind a balancer, a little
   * longer than that takes to notice: 5,000 for most. Default 0.
   */
  readonly drainDelay?: number
  /** Milliseconds that running requests are given to finish when the server closes. Default 10,000. */
  readonly shutdownTimeout?: number
  /**
   * Whether SIGTERM and SIGINT close the server and then end the process. A second signal ends it at
   * once. Default: true.
   */
  readonly signals?: boolean
  /** Told the address once the server listens. Default: prints it to standard error. */
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
   * Waits for `drainDelay`, stops accepting, lets running requests finish within `shutdownTimeout`,
   * aborts the rest, and closes the app. Repeated calls share one promise.
   */
  close(): Promise<void>
}

/** The options with their defaults in place. */
export interface Settings {
  readonly port: number
  readonly hostname: string | undefined
  readonly trustedProxies: readonly string[]
  readonly drainDelay: number
  readonly shutdownTimeout: number
  readonly signals: boolean
  readonly onListen: (url: string) => void
  readonly onError: (error: unknown) => void
}

const MAX_PORT = 65_535
/** Timers hold 32 bits: a longer delay fires at once. */
const MAX_DELAY = 2 ** 31 - 1

const OPTIONS = [
  'port',
  'hostname',
  'trustedProxies',
  'drainDelay',
  'shutdownTimeout',
  'signals',
  'onListen',
  'onError',
] as const satisfies (keyof ServeOptions)[]

/** What a runtime knows beside the options that all of them have. */
export interface SettingsSources {
  readonly app: App
  /** Gives the variable `PORT`, if it is needed. */
  readonly readPort: () => string | undefined
  /** Names of the options that this runtime alone has. */
  readonly own?: readonly string[]
}

/** Checks the options and fills in the defaults. */
export function resolveSettings(
  options: ServeOptions,
  { app, readPort, own = [] }: SettingsSources,
): Settings {
  checkApp(app)
  assertKnown('serve()', options, [...OPTIONS, ...own])
  return {
    port: options.port === undefined ? parsePort(readPort()) : checkPort(options.port),
    hostname: options.hostname,
    trustedProxies: checkProxies(options.trustedProxies ?? []),
    drainDelay: milliseconds('drainDelay', options.drainDelay ?? 0),
    shutdownTimeout: milliseconds('shutdownTimeout', options.shutdownTimeout ?? 10_000),
    signals: options.signals ?? true,
    // Not to standard output: that is for logs, which programs read line by line.
    onListen: options.onListen ?? ((url) => console.error(`Listening at ${url}`)),
    onError: options.onError ?? ((error) => console.error(error)),
  }
}

/** An app that is not there yet would answer every request with an error of the server. */
function checkApp(app: App): void {
  if (typeof app?.handle === 'function') return
  const got = app instanceof Promise ? 'a promise: write serve(await backend(...))' : typeof app
  throw misuse('serve()', `expected an app, such as that of backend(); got ${got}`)
}

function checkProxies(proxies: readonly string[]): readonly string[] {
  if (Array.isArray(proxies)) return proxies
  throw misuse('serve()', `trustedProxies must be a list of addresses; got ${String(proxies)}`)
}

/** Returns a delay in milliseconds that a timer can wait for, or throws naming the option. */
export function milliseconds(name: string, value: number): number {
  return wholeNumber(name, value, MAX_DELAY)
}

/** Returns a whole number from 0 to `max`, or throws naming the option. */
export function wholeNumber(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw misuse('serve()', `${name} must be a whole number from 0 to ${max}; got ${shown(value)}`)
}

/** A number in quotes is told apart from a number. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
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
