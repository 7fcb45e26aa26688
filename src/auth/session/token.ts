import { systemRandom, toBase64Url } from '../../kernel/index.ts'

/** What secret scanners look for in sources and logs: `plinth_s_` and 43 characters. */
const TOKEN = /^plinth_s_[A-Za-z0-9_-]{43}$/
const TOKEN_BYTES = 32

/** Makes a session token: 256 bits from the generator, behind a prefix that says what it is. */
export function createToken(): string {
  return `plinth_s_${toBase64Url(systemRandom.bytes(TOKEN_BYTES))}`
}

/** Tests the form, so that nothing else is ever hashed or looked up. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}
