import type { AuthServices } from '../part.ts'

/** A code that is to be put into words. */
export interface CodeText {
  readonly code: string
  readonly minutes: number
  /** The host of `auth({ origin })`; empty when there is none. */
  readonly host: string
}

/** Puts a code into the words of a short message. */
export type ComposeText = (text: CodeText) => string

/** What the operations of `smsCode()` work with. */
export interface SmsServices extends AuthServices {
  readonly compose: ComposeText
}

/** The last line lets browsers offer the code to this host alone (W3C, origin-bound one-time codes). */
export const composeText: ComposeText = ({ code, minutes, host }) => {
  const words = `${code} is your code, good for ${minutes} minutes. Give it to nobody.`
  return host === '' ? words : `${words}\n\n@${host} #${code}`
}

/** The host that codes are for. */
export function hostOf({ origin }: AuthServices): string {
  return origin === '' ? '' : new URL(origin).hostname
}
