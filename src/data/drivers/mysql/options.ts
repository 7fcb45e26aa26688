import { assertKnown, misuse } from '../../../kernel/index.ts'
import { assertMilliseconds } from '../sql/milliseconds.ts'
import type { ServerSettings } from '../sql/server.ts'

export interface MysqlOptions {
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
   * Milliseconds after which the server itself ends a statement; on MySQL, only one that reads.
   * Transactions that may take longer get longer limits. Default 30,000.
   */
  readonly statementTimeout?: number
  /**
   * Whether the connection is encrypted: true, or the certificates (PEM) to trust and to show. The
   * server's certificate must be valid and made out to the host of the URL. Default false.
   */
  readonly ssl?: boolean | Certificates
}

export interface Certificates {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** An address, or an address and how to use it. */
export type MysqlTarget = string | (MysqlOptions & { readonly url: string })

/** Where the server is and as whom to speak to it. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

export interface Settings extends ServerSettings {
  readonly address: Address
  readonly connectTimeout: number
  readonly statementTimeout: number
  readonly ssl: Certificates | undefined
  /** How messages name the database; without the password. */
  readonly place: string
}

const TIMES = {
  wait: 5000,
  idle: 30_000,
  connectTimeout: 5000,
  timeout: 5000,
  statementTimeout: 30_000,
} as const

const KNOWN = ['url', 'max', ...Object.keys(TIMES), 'ssl']

/** Fills in the defaults; a name or value that is not known is a mistake in the caller's code. */
export function resolveTarget(target: MysqlTarget): Settings {
  const given = typeof target === 'string' ? { url: target } : target
  assertKnown('mysql()', given, KNOWN)
  const address = parseAddress(given.url)
  const place = `mysql(${spell(address)})`
  const { max = 10, ssl = false } = given
  if (!Number.isInteger(max) || max < 1) {
    throw misuse(`${place}: option "max"`, `is ${String(max)}; expected a whole number above 0`)
  }
  assertCertificates(`${place}: option "ssl"`, ssl)
  const certificates = ssl === true ? {} : ssl || undefined
  return { address, place, max, ssl: certificates, ...resolveTimes(place, given) }
}

function resolveTimes(place: string, given: MysqlOptions): Record<keyof typeof TIMES, number> {
  const times: Record<keyof typeof TIMES, number> = { ...TIMES }
  for (const name of Object.keys(TIMES) as (keyof typeof TIMES)[]) {
    const value = given[name]
    if (value === undefined) continue
    assertMilliseconds(`${place}: option "${name}"`, value)
    times[name] = value
  }
  return times
}

/** Nothing of what it was given is repeated: there may be a password in it. */
function parseAddress(url: unknown): Address {
  const expected = 'expected a URL such as mysql://user:password@localhost:3306/database'
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^(mysql|mariadb):$/.test(parsed.protocol)) throw misuse('mysql()', expected)
  const database = decode(parsed.pathname.slice(1))
  if (database === '' || database.includes('/') || parsed.username === '') {
    throw misuse('mysql()', `the URL names no user or no database; ${expected}`)
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw misuse('mysql()', 'the URL has parameters; give them as options instead')
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(parsed.port || 3306),
    user: decode(parsed.username),
    password: decode(parsed.password),
    database,
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw misuse('mysql()', 'the URL has a "%" that is not followed by two hexadecimal digits')
  }
}

function spell({ host, port, database }: Address): string {
  return `mysql://${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

function assertCertificates(place: string, value: unknown): void {
  if (typeof value === 'boolean') return
  assertKnown(place, value as object, ['ca', 'cert', 'key'])
  for (const [name, part] of Object.entries(value as Certificates)) {
    if (part === undefined || (typeof part === 'string' && part.includes('-----BEGIN'))) continue
    throw misuse(`${place}: "${name}"`, 'expected text in PEM')
  }
}
