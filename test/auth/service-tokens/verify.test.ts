import {
  base64url,
  CompactEncrypt,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
} from 'jose'
import { type VerifyOptions, verifyTokens } from 'plinth/auth/service-tokens'
import { createFakeClock } from 'plinth/testing'
import { expect, it } from 'vitest'
import { AUDIENCE, openService } from './service.ts'

const ISSUER = 'https://shop.test'
const clock = createFakeClock()
const now = Math.floor(clock.now() / 1000)
const trusted = await generateKeyPair('ES256', { extractable: true })
const foreign = await generateKeyPair('ES256', { extractable: true })
const edwards = await generateKeyPair('EdDSA', { extractable: true })
const publicKey = { ...(await exportJWK(trusted.publicKey)), kid: 'a', alg: 'ES256' }
const edwardsKey = { ...(await exportJWK(edwards.publicKey)), kid: 'e', alg: 'EdDSA' }
const keys = [publicKey, edwardsKey] as never

const good = { iss: ISSUER, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 300, jti: 't1' }
const header = { alg: 'ES256', typ: 'at+jwt', kid: 'a' }

const sign = (
  claims: object = {},
  { head = {}, key = trusted.privateKey }: { head?: object; key?: CryptoKey } = {},
): Promise<string> =>
  new SignJWT({ ...good, ...claims } as JWTPayload)
    .setProtectedHeader({ ...header, ...head } as never)
    .sign(key)

/** A token put together by hand: `sign` refuses to write some of what an attacker does. */
async function forge(head: object, claims: object | string, key = trusted.privateKey) {
  const encode = (value: object | string) =>
    base64url.encode(typeof value === 'string' ? value : JSON.stringify(value))
  const signed = `${encode(head)}.${encode(claims)}`
  const bytes = new TextEncoder().encode(signed)
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, bytes)
  return `${signed}.${base64url.encode(new Uint8Array(signature))}`
}

async function hmac(secret: Uint8Array<ArrayBuffer>, head: object): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
  const parts = [head, good].map((part) => base64url.encode(JSON.stringify(part)))
  const signed = parts.join('.')
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed))
  return `${signed}.${base64url.encode(new Uint8Array(signature))}`
}

const opened = (options: Partial<VerifyOptions> = {}) =>
  openService({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys }, clock, ...options })

it('[ASVS 8.3.3] knows the caller of a token that is right', async () => {
  const { principalOf, get } = opened()
  const claims = {
    roles: ['staff'],
    entitlements: ['orders:read'],
    acr: 'aal2',
    auth_time: now - 60,
  }
  expect(await principalOf(await sign(claims))).toEqual({
    actor: { id: 'ada', roles: ['staff'], permissions: ['orders:read'] },
    credential: 'bearer',
    kind: 'token',
    sessionId: 't1',
    assurance: 2,
    authenticatedAt: (now - 60) * 1000,
  })
  expect((await get('/orders', await sign(claims))).status).toBe(200)
  expect((await get('/orders', await sign({}))).status).toBe(403)
  expect(await principalOf(await forge(header, good))).toMatchObject({ sessionId: 't1' })
  const edward = await sign({}, { head: { alg: 'EdDSA', kid: 'e' }, key: edwards.privateKey })
  expect(await principalOf(edward)).toMatchObject({ kind: 'token' })
})

it('takes an audience among several, and a type by its full name', async () => {
  const { principalOf } = opened()
  expect(await principalOf(await sign({ aud: ['https://other.test', AUDIENCE] }))).not.toBeNull()
  expect(await principalOf(await sign({}, { head: { typ: 'application/at+jwt' } }))).not.toBeNull()
})

const pem = new TextEncoder().encode(await exportSPKI(trusted.publicKey))
const jwkText = new TextEncoder().encode(JSON.stringify(publicKey))
const none = [{ ...header, alg: 'none' }, good].map((part) =>
  base64url.encode(JSON.stringify(part)),
)
const embedded = { jwk: await exportJWK(foreign.publicKey) }
const byForeign = { key: foreign.privateKey }
const [headPart, claimsPart, signaturePart] = (await sign()).split('.') as [string, string, string]

const signatures: [string, string][] = [
  ['no algorithm', `${none.join('.')}.`],
  ['no algorithm, with a signature', `${none.join('.')}.${signaturePart}`],
  [
    'an algorithm in other letters',
    `${base64url.encode(JSON.stringify({ ...header, alg: 'nOnE' }))}.${claimsPart}.x`,
  ],
  ['the public key as a shared secret', await hmac(pem, { ...header, alg: 'HS256' })],
  ['the published key as a shared secret', await hmac(jwkText, { ...header, alg: 'HS256' })],
  ['an empty shared secret', await hmac(new Uint8Array(1), { ...header, alg: 'HS256' })],
  ['a key of somebody else', await sign({}, byForeign)],
  [
    'a key of somebody else, unnamed',
    await forge({ alg: 'ES256', typ: 'at+jwt' }, good, foreign.privateKey),
  ],
  ['a key of its own', await sign({}, { ...byForeign, head: embedded })],
  [
    'a key of its own place',
    await sign({}, { ...byForeign, head: { jku: 'https://evil.test/k' } }),
  ],
  [
    'a certificate of its own',
    await sign({}, { ...byForeign, head: { x5u: 'https://evil.test/c' } }),
  ],
  ['a key that is not known', await sign({}, { head: { kid: 'b' } })],
  ['a key of the file system', await sign({}, { head: { kid: '../../dev/null' } })],
  ['another algorithm’s key', await forge({ ...header, kid: 'e' }, good)],
  ['a signature of zeros', `${headPart}.${claimsPart}.${base64url.encode(new Uint8Array(64))}`],
  ['no signature', `${headPart}.${claimsPart}.`],
  ['a signature that is cut', `${headPart}.${claimsPart}.${signaturePart.slice(0, -4)}`],
  [
    'claims of another token',
    `${headPart}.${(await sign({ sub: 'bob' })).split('.')[1]}.${signaturePart}`,
  ],
]
it.each(signatures)(
  '[family 1] [ASVS 9.1.1] [ASVS 9.1.2] is nobody’s with %s',
  async (_, token) => {
    expect(await opened().principalOf(token)).toBeNull()
  },
)

const headers: [string, object][] = [
  ['a key in it', { jwk: publicKey }],
  ['a place of keys in it', { jku: `${ISSUER}/.well-known/jwks.json` }],
  ['a certificate in it', { x5c: ['MII'] }],
  ['an extension that must be understood', { crit: ['b64'], b64: true }],
  ['an unencoded payload', { crit: ['b64'], b64: false }],
  ['a nested token', { cty: 'JWT' }],
  ['compression', { zip: 'DEF' }],
  ['the type of an identity token', { typ: 'JWT' }],
  ['the type of a log-out token', { typ: 'logout+jwt' }],
  ['no type', { typ: undefined }],
  ['a type of no text', { typ: ['at+jwt'] }],
]
it.each(headers)('[family 17] [ASVS 9.1.3] [ASVS 9.2.2] is nobody’s with %s', async (_, head) => {
  expect(await opened().principalOf(await forge({ ...header, ...head }, good))).toBeNull()
})

const claims: [string, object][] = [
  ['an end of 0', { exp: 0 }],
  ['an end that is past', { exp: now - 6 }],
  ['an end in words', { exp: `${now + 300}` }],
  ['an end that is none', { exp: null }],
  ['an end in a list', { exp: [now + 300] }],
  ['no end', { exp: undefined }],
  ['an end of less than nothing', { exp: -1 }],
  ['a beginning to come', { nbf: now + 60 }],
  ['a beginning in words', { nbf: '0' }],
  ['an issue to come', { iat: now + 60 }],
  ['an issue in words', { iat: `${now}` }],
  ['no issue', { iat: undefined }],
  ['an issue of 0', { iat: 0 }],
  ['nobody', { sub: undefined }],
  ['a subject of no text', { sub: { id: 'ada' } }],
  ['an empty subject', { sub: '' }],
  ['no identifier', { jti: undefined }],
  ['a scope in a list', { scope: ['orders:read'] }],
  ['roles in a text', { roles: 'staff' }],
  ['roles that are none', { roles: [{}] }],
  ['permissions without end', { entitlements: Array.from({ length: 1001 }, () => 'x') }],
  ['a sign-in in words', { auth_time: 'today' }],
]
it.each(claims)('[family 2] [ASVS 9.2.1] is nobody’s with %s', async (_, changed) => {
  expect(await opened().principalOf(await forge(header, { ...good, ...changed }))).toBeNull()
})

const parties: [string, object][] = [
  ['another issuer', { iss: 'https://evil.test' }],
  ['an issuer that begins alike', { iss: `${ISSUER}.evil.test` }],
  ['an issuer with a slash', { iss: `${ISSUER}/` }],
  ['no issuer', { iss: undefined }],
  ['issuers in a list', { iss: [ISSUER] }],
  ['another audience', { aud: 'https://other.test' }],
  ['no audience', { aud: undefined }],
  ['an audience of nothing', { aud: [] }],
  ['an audience that begins alike', { aud: `${AUDIENCE}.evil.test` }],
]
it.each(parties)(
  '[ASVS 9.2.3] [ASVS 10.3.1] [ASVS 10.3.3] is nobody’s with %s',
  async (_, changed) => {
    expect(await opened().principalOf(await forge(header, { ...good, ...changed }))).toBeNull()
  },
)

it('[ASVS 10.3.4] is asked how sure and how old the sign-in was', async () => {
  const { get } = opened()
  const status = async (about: object) => (await get('/payout', await sign(about))).status
  expect(await status({ acr: 'aal2', auth_time: now - 60 })).toBe(200)
  expect(await status({ acr: 'aal1', auth_time: now - 60 })).toBe(401)
  expect(await status({ auth_time: now - 60 })).toBe(401)
  expect(await status({ acr: 'aal2', auth_time: now - 3600 })).toBe(401)
  expect(await status({ acr: 'aal2' })).toBe(401)
})

it('[family 2] has an end, whatever JSON can write', async () => {
  const text = JSON.stringify(good).replace(`"exp":${now + 300}`, '"exp":1e999')
  expect(text).toContain('1e999')
  expect(await opened().principalOf(await forge(header, text))).toBeNull()
  for (const odd of ['null', '[]', '"text"', '{', '']) {
    expect(await opened().principalOf(await forge(header, odd))).toBeNull()
  }
})

it('[family 23] [ASVS 15.2.2] looks at nothing huge, nested or encrypted', async () => {
  const { principalOf } = opened()
  expect(await principalOf(await forge(header, { ...good, filling: 'x'.repeat(9000) }))).toBeNull()
  expect(await principalOf(await forge({ ...header, kid: 'x'.repeat(3000) }, good))).toBeNull()
  expect(await principalOf('x'.repeat(1_000_000))).toBeNull()
  expect(await principalOf(`${'.'.repeat(5000)}`)).toBeNull()
  expect(await principalOf('a.b.c')).toBeNull()
  const nested = base64url.encode(await sign())
  expect(await principalOf(`${headPart}.${nested}.${signaturePart}`)).toBeNull()
  const encrypted = await new CompactEncrypt(new TextEncoder().encode(await sign()))
    .setProtectedHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1000 } as never)
    .encrypt(new TextEncoder().encode('password'))
    .catch(() => 'a.b.c.d.e')
  expect(await principalOf(encrypted)).toBeNull()
})

it('takes the algorithms that are configured alone', async () => {
  const token = await sign()
  expect(await opened({ algorithms: ['EdDSA'] }).principalOf(token)).toBeNull()
  expect(await opened({ algorithms: ['ES256'] }).principalOf(token)).not.toBeNull()
})

it('has no use for cookies, other schemes and no token', async () => {
  const authenticate = verifyTokens({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys } })
  const { fromRequest } = await import('plinth/http')
  const ask = (init: RequestInit) => authenticate(fromRequest(new Request(AUDIENCE, init)), {})
  expect(ask({})).toBeNull()
  expect(ask({ headers: { cookie: `__Host-session=${await sign()}` } })).toBeNull()
  expect(ask({ headers: { authorization: `Basic ${await sign()}` } })).toBeNull()
  expect(ask({ headers: { authorization: 'Bearer plinth_s_x' } })).toBeNull()
})

/** A service whose issuer answers as `answer` says, and how often it was asked. */
function openFetching(answer: () => Response | Promise<Response>) {
  const own = createFakeClock()
  let asked = 0
  const fetch = async () => {
    asked += 1
    return answer()
  }
  const service = openService({ issuer: ISSUER, audience: AUDIENCE, fetch, clock: own })
  return { ...service, clock: own, asked: () => asked }
}

it('fetches keys once for many tokens, and anew when they are old', async () => {
  const { principalOf, asked, clock: own } = openFetching(() => Response.json({ keys }))
  const token = await sign({ exp: now + 86_400 })
  expect(asked()).toBe(0)
  const all = await Promise.all(Array.from({ length: 20 }, () => principalOf(token)))
  expect(all.every((principal) => principal !== null)).toBe(true)
  expect(asked()).toBe(1)
  own.advance(10 * 60_000)
  await principalOf(token)
  expect(asked()).toBe(2)
})

it('looks again for a key it does not know, every half minute at most', async () => {
  let published: object[] = []
  const { principalOf, asked, clock: own } = openFetching(() => Response.json({ keys: published }))
  const token = await sign({ exp: now + 86_400 })
  expect(await principalOf(token)).toBeNull()
  published = [publicKey]
  for (let count = 0; count < 50; count++) expect(await principalOf(token)).toBeNull()
  expect(asked()).toBe(1)
  own.advance(30_000)
  expect(await principalOf(token)).not.toBeNull()
  expect(asked()).toBe(2)
})

const failures: [string, () => Response | Promise<Response>][] = [
  ['is not there', () => Promise.reject(new TypeError('fetch failed'))],
  ['answers an error', () => new Response('no', { status: 500 })],
  ['sends elsewhere', () => Response.redirect('https://evil.test/jwks')],
  ['answers no JSON', () => new Response('<html>')],
  ['answers no keys', () => Response.json({})],
  ['answers without end', () => new Response('x'.repeat(100_000))],
]
it.each(failures)('[ASVS 16.5.3] lets nobody in when the issuer %s', async (_, answer) => {
  const { get, asked, clock: own } = openFetching(answer)
  const { status } = await get('/whoami', await sign())
  expect(status).toBe(503)
  for (let count = 0; count < 20; count++) await get('/whoami', await sign())
  expect(asked()).toBe(1)
  own.advance(30_000)
  await get('/whoami', await sign())
  expect(asked()).toBe(2)
})

it('[ASVS 16.5.2] goes on for an hour with the keys it knows', async () => {
  let there = true
  const {
    principalOf,
    get,
    clock: own,
  } = openFetching(() => (there ? Response.json({ keys }) : new Response('no', { status: 500 })))
  const token = await sign({ exp: now + 86_400 })
  expect(await principalOf(token)).not.toBeNull()
  there = false
  own.advance(59 * 60_000)
  expect(await principalOf(token)).not.toBeNull()
  own.advance(60_000)
  expect((await get('/whoami', token)).status).toBe(503)
  there = true
  own.advance(30_000)
  expect(await principalOf(token)).not.toBeNull()
})

it('trusts no secret that the issuer publishes', async () => {
  const shared = { kty: 'oct', k: base64url.encode(pem), kid: 'a', alg: 'HS256' }
  const leaked = { ...(await exportJWK(foreign.privateKey)), kid: 'f', alg: 'ES256' }
  const { principalOf } = openFetching(() => Response.json({ keys: [shared, leaked, null, 'x'] }))
  expect(await principalOf(await hmac(pem, { ...header, alg: 'HS256' }))).toBeNull()
  expect(await principalOf(await sign({}, { ...byForeign, head: { kid: 'f' } }))).toBeNull()
})

const wrong: [string, object, RegExp][] = [
  ['no issuer', { issuer: '' }, /issuer: is ""; expected/],
  ['no audience', { audience: undefined }, /audience: is undefined; expected/],
  ['no algorithms', { algorithms: [] }, /algorithms: is \[\]; expected some of/],
  ['unsigned tokens', { algorithms: ['none'] }, /algorithms: is \["none"\]/],
  ['shared secrets', { algorithms: ['ES256', 'HS256'] }, /HS256/],
  ['keys over plain HTTP', { jwks: 'http://shop.test/jwks' }, /expected an https URL/],
  ['keys from nowhere', { issuer: 'shop', jwks: undefined }, /expected an https URL/],
  ['a set without keys', { jwks: { keys: [] } }, /expected keys/],
  ['a set that is none', { jwks: {} }, /expected keys/],
  ['shared keys', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, /public keys/],
  ['private keys', { jwks: { keys: [{ kty: 'EC', d: 'AAAA' }] } }, /public keys/],
  ['unknown options', { alg: 'ES256' }, /option "alg" is unknown/],
]
it.each(wrong)('refuses %s', (_, options, message) => {
  const given = { issuer: ISSUER, audience: AUDIENCE, jwks: { keys }, ...options }
  expect(() => verifyTokens(given as VerifyOptions)).toThrow(message)
})
