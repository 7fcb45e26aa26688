import { misuse } from '../kernel/index.ts'

const PLACE = 'auth({ origin })'
/** Browsers take these as secure without TLS. */
const LOCAL = /^(?:localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+\.localhost)$/

/** Checks where the application is reached. Throws `misuse` for what is no origin, or not secure. */
export function resolveOrigin(given: string | undefined): string | undefined {
  if (given === undefined) return undefined
  const url = typeof given === 'string' ? URL.parse(given) : null
  if (!url || url.origin !== given.replace(/\/$/, '')) {
    throw misuse(
      PLACE,
      `is ${JSON.stringify(given)}; expected an origin like "https://shop.example"`,
    )
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOCAL.test(url.hostname))) {
    return url.origin
  }
  throw misuse(PLACE, `is "${given}"; expected https, or http of localhost for development`)
}
