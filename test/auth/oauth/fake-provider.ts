import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

/** Whom the provider signs in, as its claims. */
export type Person = Readonly<Record<string, unknown>>

/** What a provider does, each of which a test may have it do otherwise. */
export interface Behaviour {
  /** Changes what its metadata says. */
  metadata(honest: Record<string, unknown>): unknown
  /** Changes the claims of its ID tokens. */
  claims(honest: Record<string, unknown>): Record<string, unknown>
  /** Signs an ID token. */
  sign(claims: Record<string, unknown>): Promise<string> | string
  /** Changes what the token endpoint answers. */
  tokens(honest: Record<string, unknown>): unknown
  /** Answers a request in its own way; false leaves it to the honest one. */
  answer(request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean>
}

/** A provider on loopback that does as it is told: an honest one until a test makes it hostile. */
export interface FakeProvider extends Behaviour {
  readonly issuer: string
  readonly key: Awaited<ReturnType<typeof generateKeyPair>>
  readonly jwk: JWK
  /** The paths that were asked for, in order. */
  readonly asked: string[]
  /** What the last request of a token was sent with. */
  readonly lastToken: { form: URLSearchParams; authorization: string | undefined }
  /** Signs somebody in on its page, and answers where the browser is sent: path and query. */
  consent(url: string, person?: Person): string
}

export const PERSON: Person = { sub: 'p-1', email: 'ada@example.com', email_verified: true }
export const CLIENT = { clientId: 'shop', clientSecret: 'the secret of the shop' }

interface Code {
  readonly query: URLSearchParams
  readonly person: Person
}

/** Two, so that no two providers of a test have the same: making one takes longer than most tests. */
const pairs = await Promise.all([1, 2].map(() => generateKeyPair('RS256', { extractable: true })))
let opened = 0

/** Opens one for as long as the test runs. Its clock is the one given. */
export async function openProvider(clock: { now(): number }): Promise<FakeProvider> {
  const [first, second] = pairs
  const key = opened++ % 2 === 0 ? first : second
  if (!key) throw new Error('there are two pairs of keys')
  const jwk = { ...(await exportJWK(key.publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' }
  const codes = new Map<string, Code>()
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const provider: FakeProvider = {
    issuer,
    key,
    jwk,
    asked: [],
    lastToken: { form: new URLSearchParams(), authorization: undefined },
    metadata: (honest) => honest,
    claims: (honest) => honest,
    sign: (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(key.privateKey),
    tokens: (honest) => honest,
    answer: () => false,
    consent(url, person = PERSON) {
      const query = new URL(url).searchParams
      const code = randomUUID()
      codes.set(code, { query, person })
      const back = new URL(query.get('redirect_uri') ?? '')
      back.searchParams.set('code', code)
      back.searchParams.set('state', query.get('state') ?? '')
      back.searchParams.set('iss', issuer)
      return back.pathname + back.search
    },
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', issuer)
    provider.asked.push(pathname)
    if (await provider.answer(request, response)) return
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (pathname === '/.well-known/openid-configuration')
      return json(200, provider.metadata(known()))
    if (pathname === '/jwks') return json(200, { keys: [jwk] })
    if (pathname === '/token') return redeem(request, json)
    json(404, {})
  }

  function known(): Record<string, unknown> {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'none'],
      authorization_response_iss_parameter_supported: true,
    }
  }

  async function redeem(
    request: IncomingMessage,
    json: (status: number, body: unknown) => void,
  ): Promise<void> {
    const form = new URLSearchParams(await text(request))
    Object.assign(provider.lastToken, { form, authorization: request.headers.authorization })
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const verifier = createHash('sha256').update(form.get('code_verifier') ?? '')
    const challenge = code?.query.get('code_challenge')
    if (!code || (challenge !== null && verifier.digest('base64url') !== challenge)) {
      return json(400, { error: 'invalid_grant' })
    }
    const now = Math.floor(clock.now() / 1000)
    const claims = provider.claims({
      iss: issuer,
      aud: code.query.get('client_id'),
      iat: now,
      exp: now + 300,
      ...(code.query.has('nonce') && { nonce: code.query.get('nonce') }),
      ...code.person,
    })
    const id_token = await provider.sign(claims)
    json(200, provider.tokens({ access_token: 'at-1', token_type: 'Bearer', id_token }))
  }

  return provider
}
