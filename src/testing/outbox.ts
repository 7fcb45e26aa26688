import {
  type MailMessage,
  PlinthError,
  type SendMail,
  type SendText,
  type TextMessage,
} from '../kernel/index.ts'

/** Keeps mails and short messages instead of sending them, for a test to read. */
export interface Outbox {
  /** For `auth({ mail })`. */
  readonly mail: SendMail
  /** For `auth({ text })`. */
  readonly text: SendText
  /** All that was sent, in order. */
  readonly sent: readonly (MailMessage | TextMessage)[]
  /**
   * Resolves with the next message to somebody that was not asked for before. Messages are sent after
   * the answer to a request, so it waits; `no_message` after five seconds.
   */
  next(to: string): Promise<MailMessage | TextMessage>
  /** The token of the link in the next message to somebody. */
  token(to: string): Promise<string>
  /** The code of six digits in the next message to somebody. */
  code(to: string): Promise<string>
}

const PATIENCE = 5_000
const TOKEN = /[?&]token=([\w-]+)/
const CODE = /\b(\d{6})\b/

/**
 * Creates an outbox, to stand where mails and short messages are sent.
 *
 * ```ts
 * import { auth, magicLink, openAuth } from 'plinth/auth'
 * import { open } from 'plinth/data'
 * import { createApp } from 'plinth/http'
 * import { createOutbox, createVisitor, freshDatabase } from 'plinth/testing'
 *
 * const outbox = createOutbox()
 * const description = auth({
 *   factors: [magicLink()],
 *   origin: 'https://app.test',
 *   mail: outbox.mail,
 * })
 * const database = await open(freshDatabase([]), { tables: description.tables })
 * await database.migrate()
 * const { operations, authenticate } = openAuth(description, { database })
 * const app = createApp({ operations: { auth: operations }, authenticate })
 *
 * const visitor = createVisitor(app)
 * await visitor.fetch('/auth/magic-link', { json: { email: 'ada@example.com' } })
 * const json = { token: await outbox.token('ada@example.com'), transport: 'bearer' }
 * const entered = await visitor.fetch('/auth/magic-link/confirm', { json })
 * console.log(entered.status) // 200
 * ```
 */
export function createOutbox(): Outbox {
  const sent: (MailMessage | TextMessage)[] = []
  const unread: (MailMessage | TextMessage)[] = []
  const readers = new Set<() => void>()

  async function keep(message: MailMessage | TextMessage): Promise<void> {
    sent.push(message)
    unread.push(message)
    for (const look of readers) look()
  }

  function next(to: string): Promise<MailMessage | TextMessage> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        readers.delete(look)
        reject(new PlinthError('no_message', `outbox: nothing was sent to ${to}`))
      }, PATIENCE)
      const look = (): void => {
        const at = unread.findIndex((message) => message.to === to)
        const [message] = at === -1 ? [] : unread.splice(at, 1)
        if (!message) return
        clearTimeout(timer)
        readers.delete(look)
        resolve(message)
      }
      readers.add(look)
      look()
    })
  }

  async function read(to: string, pattern: RegExp): Promise<string> {
    const { text } = await next(to)
    const [, found] = pattern.exec(text) ?? []
    if (found !== undefined) return found
    throw new PlinthError(
      'no_message',
      `outbox: what was sent to ${to} has no link or code: ${text}`,
    )
  }

  return {
    mail: keep,
    text: keep,
    sent,
    next,
    token: (to) => read(to, TOKEN),
    code: (to) => read(to, CODE),
  }
}

/** The token of the link in a message, if it has one. */
export function tokenIn({ text }: Pick<MailMessage, 'text'>): string | undefined {
  return TOKEN.exec(text)?.[1]
}
