import { importJWK, type JWK, SignJWT } from 'jose'
import type { Factor } from 'plinth/auth'
import { oidc } from 'plinth/auth/oauth'
import { listOperations, type Operation } from 'plinth/http'
import { fromBase64Url, toBase64Url } from 'plinth/kernel'
import type { AuthApp } from '../auth-app.ts'

/** Whom the provider signs in, and what they were sent to it with. */
interface Code {
  readonly claims: Readonly<Record<string, unknown>>
  readonly challenge: string | null
}

const ISSUER = 'https://id.test'
const CLIENT = 'shop'
const PERSON = { sub: 'p-1', email: 'ada@example.com', email_verified: true }
/** The key of all processes of a test is no secret. */
const KEY: JWK = {
  kty: 'EC',
  crv: 'P-256',
  alg: 'ES256',
  kid: 'k1',
  x: '0dFUtcz8JQmo3KQ9zpGtpayO_gpMWH0_VOTdRbysS0o',
  y: 'YxvzFtNvJUN92u9Lzwj9BtGjhP_XUb0ARpAYW8Vs8Ck',
  d: 'SD4hdznEqu8r2rPZXM8VAo71X2_31tChZAQI7SOChEk',
}

/**
 * The factor of a provider that is asked without a network, and keeps nothing: each process of a test has
 * the same one, and so has a runtime that reaches no other. Its codes are good any number of times, so that
 * it is not the provider who keeps one from being spent twice.
 */
export function corp(): Factor {
  const factor: Factor = oidc({
    name: 'corp',
    issuer: ISSUER,
    clientId: CLIENT,
    clientSecret: 'the secret of the shop',
  })
  return {
    ...factor,
    open(services) {
      const part = factor.open(services)
      for (const operation of listOperations(part.operations).values()) askHere(operation)
      return part
    },
  }
}

/** Signs somebody in on the provider's page, and answers where they are sent: path and query. */
export function consent(app: AuthApp, url: string, person: object = PERSON): string {
  const query = new URL(url).searchParams
  const now = Math.floor(app.clock.now() / 1000)
  const nonce = query.get('nonce')
  const claims = { iss: ISSUER, aud: CLIENT, iat: now, exp: now + 300, nonce, ...person }
  const back = new URL(query.get('redirect_uri') ?? '')
  back.searchParams.set('code', write({ claims, challenge: query.get('code_challenge') }))
  back.searchParams.set('state', query.get('state') ?? '')
  return back.pathname + back.search
}

/** Lets the handler of an operation ask the provider by a `fetch` of its own. */
function askHere(operation: Operation): void {
  const { handler } = operation
  Object.assign(operation, {
    handler: (context: object) =>
      handler(Object.defineProperty(context, 'fetch', { value: fetchHere })),
  })
}

async function fetchHere(url: string, init: { readonly body?: URLSearchParams }) {
  const { pathname } = new URL(url)
  if (pathname === '/.well-known/openid-configuration') return Response.json(METADATA)
  const { d: _, ...published } = KEY
  if (pathname === '/jwks') return Response.json({ keys: [published] })
  return redeem(init.body ?? new URLSearchParams())
}

const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
  id_token_signing_alg_values_supported: ['ES256'],
}

async function redeem(form: URLSearchParams): Promise<Response> {
  const { claims, challenge } = read(form.get('code') ?? '')
  const verifier = new TextEncoder().encode(form.get('code_verifier') ?? '')
  const digest = await crypto.subtle.digest('SHA-256', verifier)
  if (toBase64Url(new Uint8Array(digest)) !== challenge) {
    return Response.json({ error: 'invalid_grant' }, { status: 400 })
  }
  const id_token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(await importJWK(KEY))
  return Response.json({ access_token: 'at-1', token_type: 'Bearer', id_token })
}

function write(code: Code): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(code)))
}

function read(code: string): Code {
  return JSON.parse(new TextDecoder().decode(fromBase64Url(code)))
}
