import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
// It has no types of its own; what is used of it is told below.
// @ts-expect-error
import OidcProvider from 'oidc-provider'
import { onTestFinished, vi } from 'vitest'
import { CLIENT } from './fake-provider.ts'

interface Interaction {
  readonly prompt: { readonly name: string }
  readonly session?: { readonly accountId: string }
  readonly params: { readonly client_id: string; readonly scope: string }
}

interface Grant {
  addOIDCScope(scope: string): void
  save(): Promise<string>
}

interface Issuer {
  readonly issuer: string
  readonly Grant: new (grant: { accountId: string | undefined; clientId: string }) => Grant
  callback(): (request: IncomingMessage, response: ServerResponse) => void
  interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
  interactionFinished(
    request: IncomingMessage,
    response: ServerResponse,
    result: object,
  ): Promise<void>
}

const ACCOUNT = { sub: 'p-1', email: 'ada@example.com', email_verified: true, name: 'Ada' }

/**
 * Opens a real provider on loopback, for as long as the test runs. Its pages ask nothing: whoever comes is
 * Ada, and agrees.
 */
export async function openRealProvider(
  redirectUris: readonly string[],
  client: object = {},
): Promise<{ issuer: string }> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {}
  const server = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  // It says that what it keeps in memory is not for production.
  const warned = vi.spyOn(console, 'warn').mockReturnValue()
  onTestFinished(() => warned.mockRestore())
  const provider: Issuer = new OidcProvider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: redirectUris,
        id_token_signed_response_alg: 'ES256',
        ...client,
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'k1' }] },
    cookies: { keys: ['of the test alone'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ACCOUNT }),
  })
  const callback = provider.callback()
  handle = (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return callback(request, response)
    agree(provider, request, response).catch((error: unknown) => response.destroy(error as Error))
  }
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { issuer }
}

/** Signs Ada in, and then has her agree. */
async function agree(
  provider: Issuer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, session, params } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login') {
    const login = { accountId: ACCOUNT.sub }
    return provider.interactionFinished(request, response, { login })
  }
  const grant = new provider.Grant({ accountId: session?.accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  const consent = { grantId: await grant.save() }
  return provider.interactionFinished(request, response, { consent })
}
