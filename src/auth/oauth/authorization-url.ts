import { type AuthorizationServer, calculatePKCECodeChallenge } from 'oauth4webapi'
import type { FlowSecrets } from './flow.ts'
import type { Provider } from './provider.ts'

/** Writes where somebody is sent to (RFC 6749, section 4.1.1; RFC 7636; OpenID Connect Core 1.0, section 3.1.2.1). */
export async function toAuthorizationUrl(
  server: AuthorizationServer,
  provider: Provider,
  { secrets, redirectUri }: { readonly secrets: FlowSecrets; readonly redirectUri: string },
): Promise<string> {
  const { issuer, clientId, scopes, pkce = true, nonce = true, maxAge } = provider
  const url = new URL(server.authorization_endpoint ?? issuer)
  const fields = {
    ...provider.authorization,
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    state: secrets.state,
    ...(pkce && {
      code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
      code_challenge_method: 'S256',
    }),
    ...(nonce && scopes.includes('openid') && { nonce: secrets.nonce }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
    ...(provider.formPost && { response_mode: 'form_post' }),
  }
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
  return url.href
}
