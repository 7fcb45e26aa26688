import { assertKnown, misuse, Secret } from '../kernel/index.ts'
import { type Mailbox, parseMailbox } from './mailbox.ts'

/** Which server takes the mails, and whom they are from. */
export interface SmtpOptions {
  /**
   * The server with its credentials: `smtps://user:password@host` speaks TLS from the start (port 465),
   * `smtp://user:password@host` begins it with STARTTLS (port 587). Encode signs of user and password as URLs
   * do (`%40` for `@`). In the place of `host` and what belongs to it.
   */
  readonly url?: string | Secret
  readonly host?: string
  /** Default 587, or 465 with `tls: 'implicit'`. */
  readonly port?: number
  readonly user?: string
  readonly password?: string | Secret
  /**
   * `implicit` from the first byte, `starttls` before anything is said. Both are demanded, and the server's
   * certificate is checked. `none` is for a catcher of mails on one's own machine, and with credentials
   * for loopback alone. Default by the scheme of `url`, else `starttls`, or `implicit` on port 465.
   */
  readonly tls?: 'implicit' | 'starttls' | 'none'
  /** A certificate in PEM that is trusted beside those of the system: that of a server of one's own. */
  readonly ca?: string
  /** Whom mails are from: `no-reply@shop.example` or `Shop <no-reply@shop.example>`. */
  readonly from: string
  /** Where answers go. Default: to whom the mail is from. */
  readonly replyTo?: string
  /** Milliseconds that one mail may take, from a connection to the server's last word. Default 30,000. */
  readonly timeout?: number
  /** Connections at once, each for many mails. Default 4, as many as auth sends side by side. */
  readonly connections?: number
}

/** The options with every default filled in. */
export interface SmtpSettings {
  readonly host: string
  readonly port: number
  readonly tls: NonNullable<SmtpOptions['tls']>
  readonly credentials: { readonly user: string; readonly pass: string } | undefined
  readonly ca: string | undefined
  readonly from: Mailbox
  readonly replyTo: Mailbox | undefined
  readonly timeout: number
  readonly connections: number
}

const OPTIONS = [
  'url',
  'host',
  'port',
  'user',
  'password',
  'tls',
  'ca',
  'from',
  'replyTo',
  'timeout',
  'connections',
] as const satisfies (keyof SmtpOptions)[]

const SCHEMES: Readonly<Record<string, SmtpSettings['tls']>> = {
  'smtps:': 'implicit',
  'smtp:': 'starttls',
}
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/

/** Fills in the defaults. Throws `misuse` for what is incomplete or would send credentials in the clear. */
export function resolveSmtp(options: SmtpOptions): SmtpSettings {
  assertKnown('smtp()', options, OPTIONS)
  const { tls, port, ...server } = options.url === undefined ? options : fromUrl(options)
  const secure = tls ?? (port === 465 ? 'implicit' : 'starttls')
  if (!['implicit', 'starttls', 'none'].includes(secure)) {
    throw misuse('smtp().tls', `is ${String(tls)}; expected implicit, starttls or none`)
  }
  const host = hostOf(server.host)
  const credentials = credentialsOf(server)
  if (secure === 'none' && credentials && !LOOPBACK.test(host)) {
    throw misuse('smtp().tls', 'is none: the password would be sent in the clear')
  }
  const { ca, from, replyTo, timeout = 30_000, connections = 4 } = options
  return {
    host,
    port: wholeNumber('port', port ?? (secure === 'implicit' ? 465 : 587), 65_535),
    tls: secure,
    credentials,
    ca,
    from: mailbox('from', from),
    replyTo: replyTo === undefined ? undefined : mailbox('replyTo', replyTo),
    timeout: wholeNumber('timeout', timeout, 600_000),
    connections: wholeNumber('connections', connections, 100),
  }
}

type Server = Pick<SmtpOptions, 'host' | 'port' | 'user' | 'password' | 'tls'>

/** Never says what it was given: a password stands in it. */
function fromUrl(options: SmtpOptions): Server {
  for (const name of ['host', 'port', 'user', 'password'] as const) {
    if (options[name] !== undefined) throw misuse(`smtp().${name}`, 'is given beside url')
  }
  const text = options.url instanceof Secret ? options.url.reveal() : options.url
  const url = typeof text === 'string' ? URL.parse(text) : null
  const tls = options.tls ?? SCHEMES[url?.protocol ?? '']
  const rest = url && `${url.pathname}${url.search}${url.hash}`
  if (!url || !SCHEMES[url.protocol] || !tls || (rest !== '' && rest !== '/')) {
    throw misuse('smtp().url', 'expected smtps://user:password@host or smtp://user:password@host')
  }
  const { hostname, port, username, password } = url
  return {
    tls,
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port !== '' && { port: Number(port) }),
    ...(username !== '' && { user: decode(username) }),
    ...(password !== '' && { password: decode(password) }),
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw misuse('smtp().url', 'has a user or password that is not encoded as URLs encode them')
  }
}

function hostOf(host: unknown): string {
  if (typeof host === 'string' && /^[\w.:-]{1,253}$/.test(host)) return host
  throw misuse('smtp().host', `is ${JSON.stringify(host)}; expected a name such as "mail.example"`)
}

function credentialsOf({ user, password }: Server): SmtpSettings['credentials'] {
  const pass = password instanceof Secret ? password.reveal() : password
  if (user === undefined && pass === undefined) return undefined
  if (user === undefined) throw misuse('smtp().user', 'is missing beside password')
  if (pass === undefined) throw misuse('smtp().password', 'is missing beside user')
  return { user, pass }
}

function mailbox(name: 'from' | 'replyTo', text: unknown): Mailbox {
  const parsed = typeof text === 'string' ? parseMailbox(text) : undefined
  if (parsed) return parsed
  const expected = 'expected one address, such as "Shop <no-reply@shop.example>"'
  throw misuse(`smtp().${name}`, `is ${JSON.stringify(text)}; ${expected}`)
}

function wholeNumber(name: string, value: unknown, most: number): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most) return Number(value)
  throw misuse(`smtp().${name}`, `is ${String(value)}; expected a whole number from 1 to ${most}`)
}
