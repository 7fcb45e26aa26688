import { assertKnown } from '../../kernel/index.ts'
import { assertFlag, assertInteger } from '../options.ts'
import type { Factor } from '../part.ts'
import { confirmMagicLink } from './confirm-magic-link.ts'
import type { MagicLinkOperations } from './operations.ts'
import { requestMagicLink } from './request-magic-link.ts'

/** Who gets a link, and for how long it is good. */
export interface MagicLinkOptions {
  /** Whether a link makes an account for an address that has none. Default true. */
  readonly signUp?: boolean
  /** Milliseconds, from a minute to ten. Default 10 minutes. */
  readonly lifetime?: number
}

const MINUTE = 60_000

/**
 * Makes the factor of a link by e-mail. The link leads to a page of the application, which sends its
 * token as a POST: what only fetches links, such as a mail scanner, spends none.
 *
 * Needs `auth({ mail, origin })`. A link is good once; an account is made when it is used and not before.
 *
 * ```ts
 * import { auth, consoleMail, magicLink } from 'plinth/auth'
 *
 * export const accounts = auth({
 *   factors: [magicLink()],
 *   origin: 'http://localhost:3000',
 *   mail: consoleMail(),
 * })
 * ```
 */
export function magicLink(options: MagicLinkOptions = {}): Factor<MagicLinkOperations> {
  assertKnown('magicLink()', options, ['signUp', 'lifetime'])
  const { signUp = true, lifetime = 10 * MINUTE } = options
  assertFlag(signUp, 'magicLink().signUp')
  const range = { min: MINUTE, max: 10 * MINUTE, unit: 'ms' }
  assertInteger(lifetime, { place: 'magicLink().lifetime', ...range })
  return {
    kind: 'factor',
    name: 'magic-link',
    tables: [],
    needs: ['mail', 'origin'],
    open(services) {
      const own = { ...services, signUp, lifetime }
      return {
        operations: { magicLink: requestMagicLink(own), confirmMagicLink: confirmMagicLink(own) },
        // Whoever has an address can be written to.
        countWaysIn: async () => 1,
      }
    },
  }
}
