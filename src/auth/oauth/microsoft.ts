import { isUuid, misuse } from '../../kernel/index.ts'
import type { Factor } from '../part.ts'
import { providerFactor } from './factor.ts'
import type { ProviderOperations } from './operations.ts'
import { type ClientOptions, resolveProvider } from './options.ts'
import type { Claims, ProviderSettings } from './provider.ts'

/** Microsoft's client, and whom it lets in. */
export interface MicrosoftOptions extends ClientOptions {
  /**
   * The id of one directory (tenant), or `common` (everybody), `organizations` (work and school) or
   * `consumers` (personal). Default `common`.
   */
  readonly tenant?: string
}

const LOGIN = 'https://login.microsoftonline.com'
/** The tenant of all personal accounts. */
const PERSONAL = '9188040d-6c67-4c5b-b112-36a304b66dad'
/** Those whose tokens name a tenant each. */
const MANY: ReadonlySet<unknown> = new Set(['common', 'organizations'])

/**
 * Makes the factor of Microsoft Entra ID and personal Microsoft accounts (OpenID Connect).
 *
 * The administrators of any directory can write any address into its accounts, so an address counts as
 * verified only with the optional claim `xms_edov`, which is to be switched on for the client at Microsoft;
 * without, accounts are not made (`email_unverified`) but linked. With a directory of one's own,
 * `trustEmails` takes its word; with `common` and `organizations` that is refused as `misuse`.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 * import { microsoft } from 'plinth/auth/oauth'
 *
 * export const accounts = auth({
 *   origin: 'https://shop.example',
 *   factors: [
 *     password(),
 *     microsoft({
 *       tenant: '2f1f4a1c-6b53-4f52-9d4b-7d9a0d5a9f3e',
 *       clientId: '6731de76-14a6-49ae-97bc-6eba6914391e',
 *       clientSecret: process.env['MICROSOFT_SECRET'] ?? '',
 *       trustEmails: true,
 *     }),
 *   ],
 * })
 * ```
 */
export function microsoft(options: MicrosoftOptions): Factor<ProviderOperations<'microsoft'>> {
  const { tenant = 'common', ...rest } = options
  if (MANY.has(tenant) && rest.trustEmails) {
    throw misuse(
      'microsoft().trustEmails',
      `is true with "${tenant}"; name the one tenant you trust`,
    )
  }
  return providerFactor(
    resolveProvider('microsoft', rest, { settings: settingsOf(tenant), own: ['tenant'] }),
  )
}

function settingsOf(tenant: string): ProviderSettings {
  const common = {
    scopes: ['openid', 'email', 'profile'],
    clientAuth: 'post',
    isVerified: ({ email, xms_edov: proved }: Claims) =>
      typeof email === 'string' && [true, 1, '1', 'true'].includes(proved as never),
  } as const
  if (tenant === 'consumers') return { ...common, issuer: issuerOf(PERSONAL) }
  if (isUuid(tenant)) return { ...common, issuer: issuerOf(tenant) }
  if (!MANY.has(tenant)) {
    const expected = 'the id of a tenant, "common", "organizations" or "consumers"'
    throw misuse('microsoft().tenant', `is ${JSON.stringify(tenant)}; expected ${expected}`)
  }
  return {
    ...common,
    issuer: `${LOGIN}/${tenant}/v2.0`,
    metadata: {
      authorization_endpoint: `${LOGIN}/${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${LOGIN}/${tenant}/oauth2/v2.0/token`,
      jwks_uri: `${LOGIN}/${tenant}/discovery/v2.0/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    },
    tenantIssuer: ({ tid }) => {
      if (typeof tid !== 'string' || !isUuid(tid)) return undefined
      return tenant === 'organizations' && tid === PERSONAL ? undefined : issuerOf(tid)
    },
  }
}

function issuerOf(tenant: string): string {
  return `${LOGIN}/${tenant}/v2.0`
}
