import { assertKnown, misuse } from '../../kernel/index.ts'
import { assertInteger } from '../options.ts'
import type { Feature } from '../part.ts'
import { issueToken } from './issue-token.ts'
import type { ServiceTokenOperations } from './operations.ts'
import { publishKeys } from './publish-keys.ts'
import { createSigningKeys } from './signing-keys.ts'
import { type SigningAlgorithm, signingKeys } from './signing-keys-table.ts'

/** Who tokens are for and how they are signed. */
export interface ServiceTokenOptions {
  /** The services that tokens may be for, such as `https://billing.example`. */
  readonly audiences: readonly [string, ...string[]]
  /** Default `ES256`. */
  readonly algorithm?: SigningAlgorithm
  /** Milliseconds. Default 5 minutes; from 30 seconds to an hour. Until then nothing ends a token. */
  readonly lifetime?: number
  /** Who issues them. Default: the origin of `auth()`. */
  readonly issuer?: string
}

const OPTIONS = ['audiences', 'algorithm', 'lifetime', 'issuer'] as const
const MINUTE = 60_000

/**
 * Issues short-lived signed tokens, JWTs by RFC 9068, to callers who are signed in, for other services to
 * verify without asking: `verifyTokens()`, or any library for JWTs. Needs `origin` and `keys`.
 *
 * The keys are made by themselves and kept in the database, the private part sealed by the keyring. Each
 * signs for 30 days; the next one is published a day before.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 * import { serviceTokens } from 'plinth/auth/service-tokens'
 * import { createKeyring, generateKey } from 'plinth/kernel'
 *
 * export const accounts = auth({
 *   factors: [password()],
 *   features: [serviceTokens({ audiences: ['https://billing.example'] })],
 *   origin: 'https://shop.example',
 *   keys: createKeyring({ current: 'dev', keys: { dev: generateKey() } }),
 * })
 * ```
 */
export function serviceTokens(options: ServiceTokenOptions): Feature<ServiceTokenOperations> {
  assertKnown('serviceTokens()', options, OPTIONS)
  const { audiences, algorithm = 'ES256', lifetime = 5 * MINUTE, issuer } = options
  assertAudiences(audiences)
  if (algorithm !== 'ES256' && algorithm !== 'EdDSA') {
    throw misuse('serviceTokens().algorithm', `is ${String(algorithm)}; expected ES256 or EdDSA`)
  }
  const range = { min: 30_000, max: 60 * MINUTE, unit: 'ms' }
  assertInteger(lifetime, { place: 'serviceTokens().lifetime', ...range })
  if (issuer !== undefined && (typeof issuer !== 'string' || issuer === '')) {
    throw misuse('serviceTokens().issuer', 'expected a text such as "https://shop.example"')
  }
  return {
    kind: 'feature',
    name: 'serviceTokens',
    tables: [signingKeys],
    needs: ['keys', 'origin'],
    open(services) {
      const keys = createSigningKeys({ ...services, algorithm })
      const settings = { audiences, algorithm, lifetime, issuer: issuer ?? services.origin }
      return {
        operations: {
          serviceTokens: {
            issue: issueToken(services, keys, settings),
            keys: publishKeys(services, keys),
          },
        },
        sweep: (db, now) => db.deleteMany(signingKeys, { expiresAt: { lt: now } }),
      }
    },
  }
}

function assertAudiences(audiences: unknown): void {
  const names = Array.isArray(audiences) ? audiences : []
  const valid = names.every((name) => typeof name === 'string' && name !== '')
  if (valid && names.length > 0 && new Set(names).size === names.length) return
  throw misuse('serviceTokens().audiences', 'expected names, such as ["https://billing.example"]')
}
