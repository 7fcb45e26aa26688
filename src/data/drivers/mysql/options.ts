import { assertKnown, misuse } from '../../../kernel/index.ts'
import { assertMilliseconds } from '../sql/milliseconds.ts'
import type { ServerSettings } from '../sql/server.ts'

export interface MysqlOptions {
  /** Connections at the most. Default 10. */
  readonly max?: number
  /** Milliseconds that a caller waits for a connection before it is told `busy`. Default 5,000. */
  readonly wait?: number
  /** Milliseconds after which a connection that nobody uses is closed. Default 60,000. */
  readonly idle?: number
  /**
   * Milliseconds that a transaction may take, waiting included, unless it says otherwise, and a read
   * outside of transactions. Default 5,000.
   */
  readonly timeout?: number
  /**
   * Whether the connection is encrypted. `true`, or the certificates (PEM) to trust and to show,
   * checks the server's certificate and that it was made out to the host of the URL. Default false.
   */
  readonly tls?: boolean | TlsOptions
}

export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

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
  readonly tls: TlsOptions | undefined
  /** How messages name the database; without the password. */
  readonly place: string
}

const known: Readonly<Record<keyof MysqlOptions, 'count' | 'milliseconds' | 'tls'>> = {
  max: 'count',
  wait: 'milliseconds',
  idle: 'milliseconds',
  timeout: 'milliseconds',
  tls: 'tls',
}

/** Fills in the defaults; a name or value that is not known is a mistake in the caller's code. */
export function resolveOptions(
  target: string | (MysqlOptions & { readonly url: string }),
): Settings {
  const { url, ...options } = typeof target === 'string' ? { url: target } : { ...target }
  const address = parseAddress(url)
  const place = `mysql(${JSON.stringify(spell(address))})`
  assertKnown(place, options, Object.keys(known))
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    checks[known[name as keyof MysqlOptions]](`${place}: option "${name}"`, value)
  }
  const { max = 10, wait = 5000, idle = 60_000, timeout = 5000, tls = false } = options
  return { address, place, max, wait, idle, timeout, tls: tls === true ? {} : tls || undefined }
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

function spell({ user, host, port, database }: Address): string {
  return `mysql://${user}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

const checks: Readonly<
  Record<(typeof known)[keyof typeof known], (place: string, value: unknown) => void>
> = { count: assertCount, milliseconds: assertMilliseconds, tls: assertTls }

function assertCount(place: string, value: unknown): void {
  if (Number.isInteger(value) && Number(value) > 0 && Number(value) <= 10_000) return
  throw misuse(place, `is ${String(value)}; expected a whole number from 1 to 10000`)
}

function assertTls(place: string, value: unknown): void {
  if (typeof value === 'boolean') return
  assertKnown(place, value as object, ['ca', 'cert', 'key'])
  for (const [name, part] of Object.entries(value as TlsOptions)) {
    if (part === undefined || (typeof part === 'string' && part.includes('-----BEGIN'))) continue
    throw misuse(`${place}: "${name}"`, 'expected text in PEM')
  }
}
