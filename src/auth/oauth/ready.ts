import { misuse } from '../../kernel/index.ts'
import type { Factor } from '../part.ts'
import { providerFactor } from './factor.ts'
import type { ProviderOperations } from './operations.ts'
import { type ClientOptions, DOMAIN, resolveProvider } from './options.ts'
import { SETTINGS } from './settings.ts'

/** Google's client, and whom it lets in. */
export interface GoogleOptions extends ClientOptions {
  /** Lets in the people of one Google Workspace alone, such as `corp.example`. Default: everybody. */
  readonly workspace?: string
}

/**
 * Makes the factor of Google (OpenID Connect). Addresses that Google vouches for make accounts; those of
 * `gmail.com` and of a Workspace's domain it hands out itself.
 *
 * ```ts
 * import { auth, password } from 'plinth/auth'
 * import { google } from 'plinth/auth/oauth'
 *
 * export const accounts = auth({
 *   origin: 'https://shop.example',
 *   factors: [
 *     password(),
 *     google({
 *       clientId: '123.apps.googleusercontent.com',
 *       clientSecret: process.env['GOOGLE_SECRET'] ?? '',
 *     }),
 *   ],
 * })
 * ```
 */
export function google(options: GoogleOptions): Factor<ProviderOperations<'google'>> {
  const { workspace, ...rest } = options
  if (workspace !== undefined && (typeof workspace !== 'string' || !DOMAIN.test(workspace))) {
    const found = JSON.stringify(workspace)
    throw misuse('google().workspace', `is ${found}; expected a domain like "corp.example"`)
  }
  const settings = {
    ...SETTINGS.google,
    // The field only chooses among accounts; the claim decides.
    ...(workspace !== undefined && {
      authorization: { hd: workspace },
      admits: ({ hd }: Readonly<Record<string, unknown>>) => hd === workspace,
    }),
  }
  return providerFactor(resolveProvider('google', rest, { settings, own: ['workspace'] }))
}

/** Makes the factor of GitHub (OAuth 2): the primary address of an account, if GitHub has verified it. */
export function github(options: ClientOptions): Factor<ProviderOperations<'github'>> {
  return providerFactor(resolveProvider('github', options, { settings: SETTINGS.github }))
}

/** GitLab's client, and which GitLab it is. */
export interface GitlabOptions extends ClientOptions {
  /** A GitLab of one's own. Default `https://gitlab.com`. */
  readonly issuer?: string
}

/** Makes the factor of GitLab (OpenID Connect), its own service or one that a team runs. */
export function gitlab(options: GitlabOptions): Factor<ProviderOperations<'gitlab'>> {
  const { issuer = SETTINGS.gitlab.issuer, ...rest } = options
  const settings = { ...SETTINGS.gitlab, issuer }
  return providerFactor(resolveProvider('gitlab', rest, { settings, own: ['issuer'] }))
}

/** Makes the factor of Discord (OAuth 2). Its addresses count as verified where Discord says so. */
export function discord(options: ClientOptions): Factor<ProviderOperations<'discord'>> {
  return providerFactor(resolveProvider('discord', options, { settings: SETTINGS.discord }))
}

/**
 * Makes the factor of Facebook (OAuth 2). Facebook does not say whether an address is verified, so it makes
 * no accounts (`email_unverified`) but can be linked to those there are, unless `trustEmails` is set.
 */
export function facebook(options: ClientOptions): Factor<ProviderOperations<'facebook'>> {
  return providerFactor(resolveProvider('facebook', options, { settings: SETTINGS.facebook }))
}

/**
 * Makes the factor of LinkedIn (OpenID Connect). LinkedIn takes neither PKCE nor a nonce: its flow is held
 * together by the state and the binding to the browser alone.
 */
export function linkedin(options: ClientOptions): Factor<ProviderOperations<'linkedin'>> {
  return providerFactor(resolveProvider('linkedin', options, { settings: SETTINGS.linkedin }))
}
