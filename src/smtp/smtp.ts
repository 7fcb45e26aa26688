import { createTransport } from 'nodemailer'
import { type MailMessage, PlinthError, type SendMail } from '../kernel/index.ts'
import { isAddress } from './mailbox.ts'
import { resolveSmtp, type SmtpOptions, type SmtpSettings } from './options.ts'

/** Sends mails over connections that it keeps. */
export interface SmtpSender extends SendMail {
  /** Closes the connections once the mails under way are delivered. Nothing can be sent afterwards. */
  close(): void
}

/** Milliseconds a connection waits for the next mail. */
const IDLE = 30_000
const BREAKS = /[\p{Cc}\u2028\u2029]+/gu

/**
 * Makes the sender of mails for `auth({ mail })` that hands them to an SMTP server (RFC 5321).
 *
 * The connection is encrypted and the server's certificate checked; a server that offers neither gets no
 * mail. A mail goes to one address, from a sender that nobody but the options chooses; line breaks in a
 * subject become spaces. Rejects with `mail_failed` when the server cannot be reached, refuses, or takes
 * longer than `timeout`; auth tries again a few times.
 *
 * Throws `misuse` for options that are unknown, incomplete or unsafe.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 * import { smtp } from 'plinth/smtp'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   origin: 'https://shop.example',
 *   mail: smtp({
 *     url: 'smtps://shop:secret@mail.example',
 *     from: 'Shop <no-reply@shop.example>',
 *   }),
 * })
 * ```
 */
export function smtp(options: SmtpOptions): SmtpSender {
  const settings = resolveSmtp(options)
  const transport = createTransport(transportOf(settings))
  const { from, replyTo, timeout } = settings

  async function send({ to, subject, text, html }: MailMessage): Promise<void> {
    if (!isAddress(to)) throw mailFailed('the recipient is not exactly one address')
    const mail = {
      from: { ...from },
      to: { name: '', address: to },
      envelope: { from: from.address, to: [to] },
      ...(replyTo && { replyTo: { ...replyTo } }),
      subject: subject.replace(BREAKS, ' '),
      text,
      ...(html !== undefined && { html }),
      // RFC 3834: no machine answers what a machine wrote.
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: AbortSignal.timeout(timeout),
    }
    try {
      await transport.sendMail(mail)
    } catch (error) {
      throw mailFailed('the mail server did not take a mail', error)
    }
  }

  return Object.assign(send, { close: () => transport.close() })
}

function transportOf(settings: SmtpSettings): Parameters<typeof createTransport>[0] & object {
  const { host, port, tls, credentials, ca, timeout, connections } = settings
  return {
    pool: true,
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    ...(credentials && { auth: { ...credentials } }),
    maxConnections: connections,
    // Whoever sends tries again; a pool that did so as well would multiply that.
    maxRequeues: 1,
    idleTimeout: IDLE,
    dnsTimeout: timeout,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    // Texts are texts: no part of a mail is read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function mailFailed(message: string, cause?: unknown): PlinthError<'mail_failed'> {
  return new PlinthError('mail_failed', message, { status: 502, cause })
}
