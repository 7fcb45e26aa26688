import type { Issue } from '../../kernel/index.ts'

/** In Unicode code points. */
export const MINIMUM_LENGTH = 8
export const MAXIMUM_LENGTH = 256

const SPACES = /\p{Zs}/gu
const CONTROLS = /\p{Cc}/u
const NOT_LETTERS = /[^\p{L}]/gu
/** Shorter parts of an address, such as `jo`, say too little to refuse a password for. */
const CONTEXT_WORD_LENGTH = 4

/** What a new password is held against. */
export interface PasswordRules {
  /** Code points. */
  readonly minimumLength: number
  /** Words that guessers try first: the product's name and the like, in lower case. */
  readonly contextWords: readonly string[]
}

/** Whose password it is to be. */
export interface PasswordOwner {
  readonly email: string
  readonly name?: string | null | undefined
}

/**
 * Brings a password into the form that is hashed (RFC 8265, OpaqueString): every space is U+0020 and
 * Unicode is NFC, so that the same password typed on another keyboard is the same. Case, length and
 * outer spaces are left as they are. Answers `undefined` for text that no keyboard makes: control
 * characters and lone surrogates.
 */
export function normalizePassword(text: string): string | undefined {
  if (!text.isWellFormed() || CONTROLS.test(text)) return undefined
  return text.replace(SPACES, ' ').normalize('NFC')
}

/**
 * Says what is wrong with a normalised password that is to be set, or `undefined`. Any mixture of
 * characters will do; what is refused is what guessers try first.
 */
export async function findWeakness(
  password: string,
  owner: PasswordOwner,
  rules: PasswordRules,
): Promise<Issue['message'] | undefined> {
  const length = [...password].length
  if (length < rules.minimumLength) return `Use at least ${rules.minimumLength} characters.`
  if (length > MAXIMUM_LENGTH) return `Use at most ${MAXIMUM_LENGTH} characters.`
  const folded = password.toLowerCase()
  if (contextOf(owner, rules).some((word) => repeats(folded, word))) {
    return 'Use a password that does not come from your name, your address or this service.'
  }
  const { commonPasswords } = await import('./common-passwords.ts')
  return commonPasswords().has(folded) ? 'This password is one of the commonest.' : undefined
}

/** Whether a password is a word with nothing but digits and signs about it: `acme`, `Acme-2024!`. */
function repeats(password: string, word: string): boolean {
  return password === word || password.replace(NOT_LETTERS, '') === word.replace(NOT_LETTERS, '')
}

function contextOf({ email, name }: PasswordOwner, rules: PasswordRules): string[] {
  const [local = '', domain = ''] = email.split('@')
  const own = [email, local, ...local.split(/[.+_-]/), domain, ...domain.split('.')]
  const named = (name ?? '').toLowerCase()
  return [...rules.contextWords, ...own, named, ...named.split(' ')].filter(
    (word) => word.replace(NOT_LETTERS, '').length >= CONTEXT_WORD_LENGTH,
  )
}
