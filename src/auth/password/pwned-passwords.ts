import { assertKnown, misuse, toHex } from '../../kernel/index.ts'
import { assertFunction } from '../options.ts'
import type { Breached } from './breached.ts'

/** Where breached passwords are looked up. */
export interface PwnedPasswordsOptions {
  /** A range service, before the prefix. Default `https://api.pwnedpasswords.com/range/`. */
  readonly url?: string
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch
}

const SERVICE = 'https://api.pwnedpasswords.com/range/'
const PREFIX = 5

/**
 * Makes a look-up of breached passwords at a range service, for `password({ breached })`. The service
 * learns the first five of the 40 hex digits of a password's SHA-1, which it shares with thousands of
 * others (k-anonymity), and answers with all that begin like it, padded so that the size of the answer
 * tells nothing.
 *
 * ```ts
 * import { auth, password, pwnedPasswords } from 'plinth/auth'
 *
 * export const accounts = auth({ factors: [password({ breached: pwnedPasswords() })] })
 * ```
 */
export function pwnedPasswords(options: PwnedPasswordsOptions = {}): Breached {
  assertKnown('pwnedPasswords()', options, ['url', 'fetch'])
  const { url = SERVICE, fetch = globalThis.fetch } = options
  assertFunction(fetch, 'pwnedPasswords().fetch', 'fetch')
  if (URL.parse(url)?.protocol !== 'https:') {
    throw misuse('pwnedPasswords().url', `is ${JSON.stringify(url)}; expected an https address`)
  }
  return async (password, { signal }) => {
    const hash = await sha1(password)
    const response = await fetch(url + hash.slice(0, PREFIX), {
      headers: { 'add-padding': 'true' },
      redirect: 'error',
      signal,
    })
    if (!response.ok) throw new Error(`the range service answered ${response.status}`)
    return holds(await response.text(), hash.slice(PREFIX))
  }
}

/** Whether a range has this rest of a digest. Padding has the count 0. */
function holds(range: string, rest: string): boolean {
  return range.split('\n').some((line) => {
    const [suffix = '', count = ''] = line.trim().split(':')
    return suffix.toUpperCase() === rest && Number(count) > 0
  })
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return toHex(new Uint8Array(digest)).toUpperCase()
}
