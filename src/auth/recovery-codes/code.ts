import { sha256, systemRandom } from '../../kernel/index.ts'

/** Crockford's: without I, L, O and U, so that none looks like another and none makes words. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
/** 120 bits: from 112 on a plain digest is as good as a password's hash (OWASP ASVS 5.0, 6.5.2). */
const LETTERS = 24
const GROUPS = /.{4}(?=.)/g
const SEPARATORS = /[\s-]/g

/** Makes a code, in groups of four. 256 is a multiple of 32: each letter is as likely as any other. */
export function createCode(): string {
  const letters = Array.from(systemRandom.bytes(LETTERS), (byte) => ALPHABET[byte % 32])
  return letters.join('').replace(GROUPS, '$&-')
}

/** A code as somebody copied it from paper, in the one spelling that is digested. */
export function normalizeCode(text: string): string {
  return text.toLowerCase().replace(SEPARATORS, '').replaceAll('o', '0').replace(/[il]/g, '1')
}

/** What is stored of a user's code, normalised or just made. */
export async function digestCode(user: string, code: string): Promise<string> {
  return sha256(`${user}.${normalizeCode(code)}`)
}
