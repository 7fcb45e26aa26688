import type { Secret } from '../../kernel/index.ts'
import { misuse } from '../../kernel/index.ts'
import type { Factor } from '../part.ts'
import { providerFactor } from './factor.ts'
import type { ProviderOperations } from './operations.ts'
import { DOMAIN, type ProviderOptions, resolveProvider } from './options.ts'

/** A provider that speaks OpenID Connect, and this application's client there. */
export interface OidcOptions<Name extends string = string> extends ProviderOptions {
  /** Names the provider here: in paths, operations and the list of identities. Such as `corp`. */
  readonly name: Name
  /** Where its metadata is discovered: by https, or `http://localhost` for development. */
  readonly issuer: string
  /** Default: none, for a client that is public. */
  readonly clientSecret?: string | Secret
  /** How the secret is sent: in the header, or in the body. Default: as the provider's metadata says. */
  readonly clientAuth?: 'basic' | 'post'
  /**
   * Domains whose addresses this provider hands out itself, such as `['corp.example']`: nobody knows better
   * whose they are, so an account that somebody else made with one, and never confirmed, is its owner's.
   * Default: none.
   */
  readonly authoritativeFor?: readonly string[]
  /** Seconds since somebody last signed in there, after which they have to again. Default: the provider decides. */
  readonly maxAge?: number
}

/**
 * Makes the factor of a provider that speaks OpenID Connect, by discovery. Its callback, to be registered
 * there, is `ORIGIN/auth/oauth/NAME/callback`.
 *
 * Authorization code flow with PKCE (S256), state, nonce and `iss` (RFC 9207) where it is offered, all
 * bound to provider and browser. Of ID tokens, signature (by published keys, never `none` or a MAC), `iss`,
 * `aud`, `azp`, `exp`, `nbf`, `iat` and `nonce` are checked. Identity is issuer and subject.
 *
 * Throws `misuse` for unknown options and values that cannot be.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 * import { oidc } from 'plinth/auth/oauth'
 *
 * export const accounts = auth({
 *   origin: 'https://shop.example',
 *   factors: [
 *     password(),
 *     oidc({
 *       name: 'corp',
 *       issuer: 'https://id.corp.example',
 *       clientId: 'shop',
 *       clientSecret: process.env['CORP_SECRET'] ?? '',
 *       authoritativeFor: ['corp.example'],
 *     }),
 *   ],
 * })
 * ```
 */
export function oidc<const Name extends string>(
  options: OidcOptions<Name>,
): Factor<ProviderOperations<Name>> {
  const { name, issuer, clientAuth, authoritativeFor = [], ...rest } = options
  if (!Array.isArray(authoritativeFor) || authoritativeFor.some((each) => !DOMAIN.test(each))) {
    const found = JSON.stringify(authoritativeFor)
    throw misuse('oidc().authoritativeFor', `is ${found}; expected domains like "corp.example"`)
  }
  if (clientAuth !== undefined && !['basic', 'post'].includes(clientAuth)) {
    throw misuse(
      'oidc().clientAuth',
      `is ${JSON.stringify(clientAuth)}; expected "basic" or "post"`,
    )
  }
  const settings = {
    issuer,
    ...(clientAuth && { clientAuth }),
    scopes: ['openid', 'email', 'profile'],
    handsOut: (domain: string) => authoritativeFor.includes(domain),
  }
  return providerFactor(
    resolveProvider(name, rest, {
      settings,
      place: 'oidc()',
      own: ['name', 'issuer', 'clientAuth', 'authoritativeFor', 'maxAge'],
      secret: 'optional',
    }),
  )
}
