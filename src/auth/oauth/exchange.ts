import {
  AuthorizationResponseError,
  type AuthorizationServer,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  clockSkew,
  customFetch,
  getValidatedIdTokenClaims,
  type JWKSCacheInput,
  jwksCache,
  nopkce,
  processAuthorizationCodeResponse,
  processUserInfoResponse,
  type TokenEndpointResponse,
  userInfoRequest,
  validateApplicationLevelSignature,
  validateAuthResponse,
} from 'oauth4webapi'
import type { Fetch } from '../../http/index.ts'
import { type Clock, PlinthError } from '../../kernel/index.ts'
import { toAuthorizationUrl } from './authorization-url.ts'
import { authenticationOf } from './client-auth.ts'
import { providerDenied, providerFailed } from './errors.ts'
import type { FlowSecrets } from './flow.ts'
import { createMetadata } from './metadata.ts'
import { type Ask, createAsk, isInsecure } from './outgoing.ts'
import { toProfile } from './profile.ts'
import type { Claims, Profile, Provider } from './provider.ts'
import type { TokenSet } from './tokens.ts'
import { askUserApi } from './user-api.ts'

/** Whom a provider has sent back, and what it gave us for them. */
export interface Proven {
  readonly profile: Profile
  readonly tokens: TokenSet
}

/** A provider at work. */
export interface OpenProvider {
  /** Where to send somebody (RFC 6749, section 4.1.1). Throws `provider_failed` (503). */
  locate(secrets: FlowSecrets, fetch: Fetch): Promise<string>
  /** Makes out who has come back. Throws `provider_denied` (403) and `provider_failed` (503). */
  identify(answer: URLSearchParams, secrets: FlowSecrets, fetch: Fetch): Promise<Proven>
}

/** How far ahead of ours a provider's clock may be, in seconds. */
const AHEAD = 60

/** Puts a provider to work. Its answers come to `redirectUri`, which is no other provider's. */
export function openProvider(
  provider: Provider,
  { clock, redirectUri }: { readonly clock: Clock; readonly redirectUri: string },
): OpenProvider {
  const { issuer, clientId, scopes, pkce = true, nonce: usesNonce = true, maxAge } = provider
  const openId = scopes.includes('openid')
  const readMetadata = createMetadata(provider, clock)
  const keys: JWKSCacheInput = {}
  const options = (ask: Ask) => ({
    [customFetch]: ask,
    [allowInsecureRequests]: isInsecure(issuer),
  })
  const clientNow = (): Client => ({
    client_id: clientId,
    [clockSkew]: Math.round((clock.now() - Date.now()) / 1000),
  })

  async function redeem(
    answer: URLSearchParams,
    { state, verifier, nonce }: FlowSecrets,
    ask: Ask,
  ): Promise<Proven> {
    const client = clientNow()
    const known = await readMetadata(ask)
    // One issuer a tenant: which it is stands in the ID token alone. The callback is this provider's own.
    if (provider.tenantIssuer) answer.delete('iss')
    const checked = validateAuthResponse(known, client, answer, state)
    const authenticate = await authenticationOf(provider, known, clock.now())
    const response = await authorizationCodeGrantRequest(
      known,
      client,
      authenticate,
      checked,
      redirectUri,
      pkce ? verifier : nopkce,
      options(ask),
    )
    if (!openId) {
      const tokens = await processAuthorizationCodeResponse(known, client, response)
      const asked = { ask, now: clock.now() }
      return { profile: await askUserApi(provider, tokens.access_token, asked), tokens }
    }
    const server = await serverOf(known, response)
    const tokens = await processAuthorizationCodeResponse(server, client, response, {
      requireIdToken: true,
      ...(usesNonce && { expectedNonce: nonce }),
      ...(maxAge !== undefined && { maxAge }),
    })
    await validateApplicationLevelSignature(server, response, {
      ...options(ask),
      [jwksCache]: keys,
    })
    const claims = getValidatedIdTokenClaims(tokens) ?? {}
    assertPlausible(claims, clock.now())
    const told = await readUserInfo(server, { tokens, claims, client, ask })
    return { profile: toProfile({ ...claims, ...told }, provider), tokens }
  }

  function assertPlausible({ iat, azp }: Claims, now: number): void {
    if (Number(iat) > now / 1000 + AHEAD) throw new Error('the ID token is of the future')
    if (azp !== undefined && azp !== clientId) throw new Error('the ID token is of another client')
  }

  /** The server whose ID token it must be: with one issuer a tenant, that of the tenant it names. */
  async function serverOf(known: AuthorizationServer, response: Response) {
    if (!provider.tenantIssuer) return known
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null)
    const tenant = provider.tenantIssuer(peek(body))
    if (tenant === undefined) throw new Error('the ID token names no tenant')
    return { ...known, issuer: tenant }
  }

  /** What the ID token leaves out of whom it is of (OpenID Connect Core 1.0, section 5.3). */
  async function readUserInfo(
    server: AuthorizationServer,
    about: { tokens: TokenEndpointResponse; claims: Claims; client: Client; ask: Ask },
  ): Promise<Claims> {
    const { tokens, claims, client, ask } = about
    if (claims['email'] !== undefined || server.userinfo_endpoint === undefined) return {}
    const response = await userInfoRequest(server, client, tokens.access_token, options(ask))
    const subject = String(claims['sub'])
    const { email, email_verified, name } = await processUserInfoResponse(
      server,
      client,
      subject,
      response,
    )
    // An address and what is said of it belong together. Whom it is of stays what was signed.
    return { email, email_verified, name: claims['name'] ?? name }
  }

  return {
    async locate(secrets, fetch) {
      const server = await attempt(() => readMetadata(createAsk(fetch, issuer)))
      return toAuthorizationUrl(server, provider, { secrets, redirectUri })
    },
    identify: (answer, secrets, fetch) =>
      attempt(() => redeem(answer, secrets, createAsk(fetch, issuer))),
  }
}

/** The claims of an ID token that nobody has checked yet. */
function peek(body: unknown): Claims {
  const token = (body as { id_token?: unknown } | null)?.id_token
  const payload = typeof token === 'string' ? token.split('.')[1] : undefined
  try {
    const text = atob((payload ?? '').replace(/-/g, '+').replace(/_/g, '/'))
    const claims: unknown = JSON.parse(text)
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : {}
  } catch {
    return {}
  }
}

/** Says of every failure the one thing that people can do something with; the log knows the rest. */
async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PlinthError) throw error
    throw error instanceof AuthorizationResponseError ? providerDenied() : providerFailed(error)
  }
}
