import {
  type AuthorizationServer,
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  processDiscoveryResponse,
} from 'oauth4webapi'
import type { Clock } from '../../kernel/index.ts'
import { type Ask, assertReachable, isInsecure } from './outgoing.ts'
import type { Provider } from './provider.ts'

/** What a provider says of itself: where its endpoints are, and what it can do. */
export type ReadMetadata = (ask: Ask) => Promise<AuthorizationServer>

/** Milliseconds for which metadata is taken as it was read. */
const KEPT = 60 * 60_000
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
] as const
/**
 * How ID tokens may be signed, whatever a provider lists: by keys that it publishes. `none` proves nothing,
 * and the key of `HS256` would be the client's secret, or text that everybody knows.
 */
const ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/**
 * Creates the reader of a provider's metadata, which is kept for an hour. It must be of the configured
 * issuer (OpenID Connect Discovery 1.0, section 4.3), and lead nowhere inside.
 */
export function createMetadata(
  { issuer, metadata, scopes }: Provider,
  clock: Pick<Clock, 'now'>,
): ReadMetadata {
  const openId = scopes.includes('openid')
  if (metadata) {
    const known = narrow({ ...metadata, issuer }, issuer, openId)
    return async () => known
  }
  let kept: { readonly server: AuthorizationServer; readonly until: number } | undefined
  return async (ask) => {
    if (kept && clock.now() < kept.until) return kept.server
    const url = new URL(issuer)
    const response = await discoveryRequest(url, {
      [customFetch]: ask,
      [allowInsecureRequests]: isInsecure(issuer),
    })
    const server = narrow(await processDiscoveryResponse(url, response), issuer, openId)
    kept = { server, until: clock.now() + KEPT }
    return server
  }
}

/** Takes what is used and no more, and checks where it leads. */
function narrow(given: AuthorizationServer, issuer: string, openId: boolean): AuthorizationServer {
  const server: { -readonly [Key in keyof AuthorizationServer]: AuthorizationServer[Key] } = {
    issuer: given.issuer,
    id_token_signing_alg_values_supported: algorithmsOf(given),
  }
  for (const name of ENDPOINTS) {
    if (given[name] === undefined) continue
    assertReachable(given[name], issuer)
    server[name] = given[name]
  }
  for (const name of ['authorization_endpoint', 'token_endpoint', openId && 'jwks_uri'] as const) {
    if (name && server[name] === undefined) throw new Error(`the provider names no ${name}`)
  }
  const methods = given.token_endpoint_auth_methods_supported
  if (Array.isArray(methods)) server.token_endpoint_auth_methods_supported = methods
  if (given.authorization_response_iss_parameter_supported === true) {
    server.authorization_response_iss_parameter_supported = true
  }
  return server
}

function algorithmsOf({
  id_token_signing_alg_values_supported: listed,
}: AuthorizationServer): string[] {
  if (!Array.isArray(listed)) return ['RS256']
  return listed.filter((name) => ALGORITHMS.includes(name))
}
