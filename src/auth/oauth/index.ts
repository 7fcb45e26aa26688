/**
 * Sign-in with providers by OAuth 2 and OpenID Connect: ready settings for eight of them, and any other
 * by discovery. Needs the package `oauth4webapi`.
 *
 * Import from `plinth/auth/oauth`.
 *
 * @module plinth/auth/oauth
 */
export { type AppleOptions, apple } from './apple.ts'
export { type MicrosoftOptions, microsoft } from './microsoft.ts'
export { type OidcOptions, oidc } from './oidc.ts'
export type {
  Departure,
  FormProvider,
  IdentityView,
  OneProvider,
  ProviderOperations,
} from './operations.ts'
export type { ClientOptions, ProviderOptions } from './options.ts'
export type { ProviderPages } from './provider.ts'
export {
  discord,
  facebook,
  type GitlabOptions,
  type GoogleOptions,
  github,
  gitlab,
  google,
  linkedin,
} from './ready.ts'
export { type ProviderTokens, providerTokens } from './tokens.ts'
