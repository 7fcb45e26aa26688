import { type Issue, PlinthError } from '../../kernel/index.ts'
import type { Failure, Values } from './page.ts'

/** Puts a refusal into the terms of the form that was sent: what is wrong, and where. */
export function toFailure(
  { code, message, details }: PlinthError,
  sent: { readonly form: string | undefined; readonly values: Values },
): Failure {
  const fields: Record<string, string> = {}
  for (const { path, message: what } of (details?.['issues'] ?? []) as readonly Issue[]) {
    fields[path.replace(/^body\./, '')] ??= WORDS[what] ?? what
  }
  const general = code === 'invalid_input' && Object.keys(fields).length > 0
  return { ...sent, code, fields, message: general ? 'Look at what you have filled in.' : message }
}

/** What schemas say for code to read, in words for people. */
const WORDS: Readonly<Record<string, string>> = {
  Missing: 'Fill this in.',
  'Must not be empty': 'Fill this in.',
  'Expected one e-mail address.': 'Write an e-mail address, such as name@example.com.',
  'Expected a password.': 'Fill this in.',
}

/** Where somebody must go first, who is not signed in, or not well enough for what they want. */
export type Detour = 'sign-in' | 'again' | 'second-factor'

/** The detour that a refusal asks for, if it is one that a detour helps. */
export function detourOf(error: unknown): Detour | undefined {
  if (!(error instanceof PlinthError)) return undefined
  if (error.code === 'unauthenticated') return 'sign-in'
  if (error.code !== 'insufficient_authentication') return undefined
  return error.details?.['assurance'] === undefined ? 'again' : 'second-factor'
}
