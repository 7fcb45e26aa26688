import type { ConnectionOptions } from 'node:tls'
import { assertKnown, misuse } from '../../../kernel/index.ts'
import { assertMilliseconds } from '../sql/milliseconds.ts'
import type { ServerSettings } from '../sql/server.ts'

export interface PostgresOptions {
  /** Connections at the most. Default 10. */
  readonly max?: number
  /** Milliseconds that work waits for a connection before it is refused as `busy`. Default 5,000. */
  readonly wait?: number
  /** Milliseconds after which a connection that nobody uses is closed. Default 30,000. */
  readonly idle?: number
  /** Milliseconds that connecting may take. Default 5,000. */
  readonly connectTimeout?: number
  /** Milliseconds that a transaction may take, waiting included, unless it says otherwise. Default 5,000. */
  readonly timeout?: number
  /**
   * Milliseconds after which the server itself ends a statement, or a transaction that nobody goes on
   * with. Transactions that may take longer get longer limits. Default 30,000.
   */
  readonly statementTimeout?: number
  /** TLS as `pg` takes it, if the URL's `sslmode` does not say it: true, or options of `node:tls`. */
  readonly ssl?: boolean | ConnectionOptions
  /** What the server calls the connections in its lists. Default `plinth`. */
  readonly applicationName?: string
}

/** An address, or an address and how to use it. */
export type PostgresTarget = string | (PostgresOptions & { readonly url: string })

export interface Settings extends ServerSettings {
  readonly url: string
  readonly connectTimeout: number
  readonly statementTimeout: number
  readonly ssl: boolean | ConnectionOptions | undefined
  readonly applicationName: string
}

const TIMES = {
  wait: 5000,
  idle: 30_000,
  connectTimeout: 5000,
  timeout: 5000,
  statementTimeout: 30_000,
} as const

const KNOWN = ['url', 'max', ...Object.keys(TIMES), 'ssl', 'applicationName']

/** Fills in the defaults; a name or value that is not known is a mistake in the caller's code. */
export function resolveTarget(target: PostgresTarget): { place: string; settings: Settings } {
  const given = typeof target === 'string' ? { url: target } : target
  assertKnown('postgres()', given, KNOWN)
  const place = assertUrl(given.url)
  const { max = 10, ssl, applicationName = 'plinth' } = given
  if (!Number.isInteger(max) || max < 1) {
    throw misuse(`${place}: option "max"`, `is ${String(max)}; expected a whole number above 0`)
  }
  if (typeof applicationName !== 'string') {
    throw misuse(`${place}: option "applicationName"`, 'expected a string')
  }
  const times = resolveTimes(place, given)
  return { place, settings: { url: given.url, max, ssl, applicationName, ...times } }
}

function resolveTimes(place: string, given: PostgresOptions): Record<keyof typeof TIMES, number> {
  const times: Record<keyof typeof TIMES, number> = { ...TIMES }
  for (const name of Object.keys(TIMES) as (keyof typeof TIMES)[]) {
    const value = given[name]
    if (value === undefined) continue
    assertMilliseconds(`${place}: option "${name}"`, value)
    times[name] = value
  }
  return times
}

/** Answers with how messages name the database: nothing of an address that may be secret. */
function assertUrl(url: unknown): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw misuse('postgres()', 'expected a URL: postgres://user:password@host:5432/database')
  }
  return `postgres(${parsed.protocol}//${parsed.host}${parsed.pathname})`
}
