import type { SendMail, SendText } from '../../kernel/index.ts'

/**
 * Makes a sender that prints mails instead of sending them, for development: whoever reads the output
 * of the process can use the links.
 *
 * ```ts
 * import { auth, consoleMail, password } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   origin: 'http://localhost:3000',
 *   mail: consoleMail(),
 * })
 * ```
 */
export function consoleMail(write: (text: string) => void = console.log): SendMail {
  return async ({ to, subject, text }) => write(`To: ${to}\nSubject: ${subject}\n\n${text}\n`)
}

/** Makes a sender that prints short messages instead of sending them, for development. */
export function consoleText(write: (text: string) => void = console.log): SendText {
  return async ({ to, text }) => write(`To: ${to}\n${text}\n`)
}
