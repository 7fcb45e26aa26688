import { systemRandom, toBase64Url } from '../../kernel/index.ts'

/** What secret scanners look for: `plinth_r_` and 43 characters. */
const TOKEN = /^(plinth_r_[A-Za-z0-9_-]{21})[A-Za-z0-9_-]{22}$/

/** Makes a refresh token of 132 bits within a family, or the first of a new one, named by 126 bits. */
export function createRefreshToken(family: string = createFamily()): string {
  return family + toBase64Url(systemRandom.bytes(17)).slice(0, 22)
}

/** What the tokens of one family begin with; null for text that is no refresh token. */
export function familyOf(token: string): string | null {
  return TOKEN.exec(token)?.[1] ?? null
}

function createFamily(): string {
  return `plinth_r_${toBase64Url(systemRandom.bytes(16)).slice(0, 21)}`
}
