import { assertKnown, misuse, type SendMail } from '../../kernel/index.ts'
import type { AlertDestination } from './destination.ts'
import { toSubject, toText } from './notice.ts'

export interface MailOptions {
  /** Hands mails on: `smtp(...)` of `plinth/smtp`, or what `auth({ mail })` is given. */
  readonly send: SendMail
  /** Who is told. */
  readonly to: string | readonly string[]
}

/**
 * Sends notices as mails. Each address is a destination of its own: one that fails is tried again
 * without the others being told twice.
 *
 * ```ts
 * import { mail } from 'plinth/monitor/alerts'
 * import { smtp } from 'plinth/smtp'
 *
 * export const onCall = mail({
 *   send: smtp({ url: 'smtps://shop:secret@mail.example', from: 'Shop <alerts@shop.example>' }),
 *   to: ['ada@shop.example', 'grace@shop.example'],
 * })
 * ```
 */
export function mail(options: MailOptions): readonly AlertDestination[] {
  assertKnown('mail()', options, ['send', 'to'])
  const { send, to } = options
  if (typeof send !== 'function') {
    throw misuse('mail().send', `is ${typeof send}; expected a function, such as smtp({ ... })`)
  }
  const addresses: readonly string[] = typeof to === 'string' ? [to] : to
  const isAddress = (address: unknown) => typeof address === 'string' && ADDRESS.test(address)
  if (!Array.isArray(addresses) || addresses.length === 0 || !addresses.every(isAddress)) {
    throw misuse('mail().to', `is ${JSON.stringify(to)}; expected one address or a list of them`)
  }
  return addresses.map((address, at) => ({
    name: addresses.length === 1 ? 'mail' : `mail ${at + 1}`,
    send: (notice) => send({ to: address, subject: toSubject(notice), text: toText(notice) }),
  }))
}

/** As much as shows a mistake: what is an address, the sender decides. */
const ADDRESS = /^[^\s@,;<>]+@[^\s@,;<>]+$/
