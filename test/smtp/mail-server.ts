import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'
import { loopback } from './certificate.ts'

/** A mail as the server was handed it. */
export interface Delivered {
  readonly from: string
  readonly to: readonly string[]
  /** Lines before the first empty one, unfolded. */
  readonly head: string
  /** The text, decoded. */
  readonly text: string
  readonly raw: string
  readonly encrypted: boolean
  readonly user: string | undefined
}

/** A real SMTP server on loopback, for as long as the test runs. */
export interface MailServer {
  readonly port: number
  readonly delivered: readonly Delivered[]
  /** How many connections it has had. */
  readonly connections: number
  close(): Promise<void>
}

/** Opens one. It knows one user, `shop`, with the password `p@ss word`. */
export async function openMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const delivered: Delivered[] = []
  let connections = 0
  const server = new SMTPServer({
    ...loopback,
    authOptional: true,
    logger: false,
    onConnect(_, done) {
      connections += 1
      done()
    },
    onAuth({ username, password }, _, done) {
      if (username === 'shop' && password === 'p@ss word') done(null, { user: username })
      else done(new Error('Invalid username or password'))
    },
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        delivered.push({
          ...parse(Buffer.concat(parts).toString('utf8')),
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          encrypted: session.secure,
          user: session.user,
        })
        done()
      })
    },
    ...options,
  })
  // What clients break off is theirs to report.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise<void>((resolve) => server.close(resolve))
  onTestFinished(close)
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    delivered,
    close,
    get connections() {
      return connections
    },
  }
}

function parse(raw: string): Pick<Delivered, 'head' | 'text' | 'raw'> {
  const end = raw.indexOf('\r\n\r\n')
  const head = raw.slice(0, end).replace(/\r\n[ \t]+/g, ' ')
  const body = raw.slice(end + 4)
  const [, encoding = '7bit'] = /^content-transfer-encoding: (\S+)/im.exec(head) ?? []
  return { head, text: decode(body, encoding.toLowerCase()), raw }
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
