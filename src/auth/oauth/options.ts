import { ClientSecretBasic, ClientSecretPost } from 'oauth4webapi'
import { assertKnown, misuse, type Secret } from '../../kernel/index.ts'
import { assertFlag, assertInteger, revealOption } from '../options.ts'
import { isLocalPath } from '../pages/return-to.ts'
import { isIssuer } from './outgoing.ts'
import type { Claims, Provider, ProviderPages, ProviderSettings } from './provider.ts'

/** What any provider can be told. */
export interface ProviderOptions {
  /** As the provider names this application. */
  readonly clientId: string
  /** What is asked for. Default: who somebody is, their address and their name. */
  readonly scopes?: readonly string[]
  /** Fields of the authorization request of one's own, such as `{ prompt: 'select_account' }`. */
  readonly authorization?: Readonly<Record<string, string>>
  /**
   * Takes every address that the provider tells for one that the person reads, although it does not say so.
   * Whoever can write any address into an account there gets the account of that address made here. For
   * directories of one's own. Default false.
   */
  readonly trustEmails?: boolean
  /**
   * Whether an identity that nobody has yet makes an account. Default true; false lets in those alone who
   * have linked it (`no_account`).
   */
  readonly signUp?: boolean
  /** Keeps the provider's tokens, sealed, for `providerTokens`. Needs `auth({ keys })`. Default false. */
  readonly tokens?: boolean
  /** Where browsers are led. */
  readonly pages?: Partial<ProviderPages>
}

/** What a provider with a secret for its clients can be told. */
export interface ClientOptions extends ProviderOptions {
  readonly clientSecret: string | Secret
}

/** Options, as the factors give them: each has taken out what is its own. */
export interface GivenOptions extends ProviderOptions {
  readonly clientSecret?: string | Secret | undefined
  readonly maxAge?: number | undefined
}

const OPTIONS = ['clientId', 'scopes', 'authorization', 'trustEmails', 'signUp', 'tokens', 'pages']
const SECRET = ['clientSecret']
const PAGES: ProviderPages = {
  secondFactor: '/sign-in/second-factor',
  signIn: '/sign-in',
  account: '/account/providers',
  home: '/',
}
/** A domain, as those of addresses are normalised: in lower case and ASCII. */
export const DOMAIN: RegExp = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/
/** Operations are named by it, and paths. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/
/** Names that operations of auth have, beside which those of providers stand. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['account', 'devices', 'identities', 'passkeys', 'phones', 'refresh', 'reset', 'session'],
  ...['sessions', 'staff', 'tokens', 'totp'],
])
/** What the flow itself decides. */
const PROTOCOL: ReadonlySet<string> = new Set([
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'scope'],
  ...['state', 'nonce', 'code_challenge', 'code_challenge_method', 'max_age', 'request'],
  'request_uri',
])
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** What a factor's own function says of its options. */
interface Making {
  readonly settings: ProviderSettings
  /** The options that are not everybody's: those too that the factor's own function has taken out. */
  readonly own?: readonly string[]
  /** Default: the provider's name, as a call. */
  readonly place?: string
  /** Whether a client has a secret. Default `needed`; `none` where something else stands for it. */
  readonly secret?: 'needed' | 'optional' | 'none'
}

/** Checks options, and makes the provider. Throws `misuse` naming the one that cannot be. */
export function resolveProvider<const Name extends string>(
  name: Name,
  options: GivenOptions,
  { settings, own = [], place = `${name}()`, secret = 'needed' }: Making,
): Provider & { readonly name: Name } {
  assertKnown(place, options, [...OPTIONS, ...(secret === 'none' ? [] : SECRET), ...own])
  if (typeof name !== 'string' || !NAME.test(name) || TAKEN.has(name)) {
    throw misuse(`${place}.name`, `is ${JSON.stringify(name)}; expected a name like "corp"`)
  }
  const { clientId, clientSecret, scopes = settings.scopes, maxAge } = options
  const { authorization = {}, trustEmails = false, tokens = false, pages = {} } = options
  const { signUp = true } = options
  for (const [flag, value] of Object.entries({ trustEmails, signUp, tokens })) {
    assertFlag(value, `${place}.${flag}`)
  }
  assertText(`${place}.clientId`, clientId)
  if (secret === 'needed' || clientSecret !== undefined) {
    assertText(`${place}.clientSecret`, revealOption(clientSecret))
  }
  if (!isIssuer(settings.issuer)) {
    const found = JSON.stringify(settings.issuer)
    throw misuse(
      `${place}.issuer`,
      `is ${found}; expected a URL like "https://id.example", by https`,
    )
  }
  assertScopes(place, scopes, settings)
  assertAuthorization(place, authorization)
  if (maxAge !== undefined) {
    assertInteger(maxAge, { place: `${place}.maxAge`, min: 0, max: 31_536_000, unit: 's' })
  }
  return {
    ...settings,
    name,
    clientId,
    scopes,
    maxAge,
    // Text, as was asserted, or none.
    secret: () => String(revealOption(clientSecret) ?? ''),
    authenticate: AUTHENTICATION[settings.clientAuth ?? 'discovered'],
    authorization: { ...settings.authorization, ...authorization },
    makesAccounts: signUp,
    keepsTokens: tokens,
    pages: resolvePages(place, pages),
    ...(trustEmails && { isVerified: ({ email }: Claims) => typeof email === 'string' }),
  }
}

const AUTHENTICATION = {
  basic: ClientSecretBasic,
  post: ClientSecretPost,
  discovered: undefined,
} as const

/** Never with the value, which may be a secret. */
export function assertText(place: string, value: unknown): asserts value is string {
  if (typeof value !== 'string')
    throw misuse(place, `is of the type ${typeof value}; expected text`)
  if (value.trim() === '') throw misuse(place, 'is empty; expected what the provider gave you')
}

function assertScopes(
  place: string,
  scopes: readonly string[],
  { askWho }: ProviderSettings,
): void {
  if (
    !Array.isArray(scopes) ||
    scopes.some((scope) => typeof scope !== 'string' || !SCOPE.test(scope))
  ) {
    throw misuse(`${place}.scopes`, `is ${JSON.stringify(scopes)}; expected a list of scopes`)
  }
  if (!askWho && !scopes.includes('openid')) {
    throw misuse(
      `${place}.scopes`,
      'lacks "openid", without which the provider does not say who it is',
    )
  }
}

function assertAuthorization(place: string, fields: Readonly<Record<string, string>>): void {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw misuse(`${place}.authorization`, 'expected fields and their values')
  for (const [field, value] of Object.entries(fields)) {
    if (PROTOCOL.has(field))
      throw misuse(`${place}.authorization`, `"${field}" is not yours to set`)
    if (typeof value === 'string') continue
    throw misuse(
      `${place}.authorization`,
      `"${field}" is of the type ${typeof value}; expected text`,
    )
  }
}

function resolvePages(place: string, given: Partial<ProviderPages>): ProviderPages {
  if (typeof given !== 'object' || given === null)
    throw misuse(`${place}.pages`, 'expected paths, such as { home: "/orders" }')
  assertKnown(`${place}.pages`, given, Object.keys(PAGES))
  for (const [name, path] of Object.entries(given)) {
    if (isLocalPath(path) && !/[?#]/.test(path)) continue
    throw misuse(
      `${place}.pages.${name}`,
      `is ${JSON.stringify(path)}; expected a path like ${PAGES[name as keyof ProviderPages]}`,
    )
  }
  return { ...PAGES, ...given }
}
