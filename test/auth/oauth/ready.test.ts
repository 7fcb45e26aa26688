import { createHmac } from 'node:crypto'
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { AuthOptions } from 'plinth/auth'
import {
  apple,
  discord,
  facebook,
  github,
  gitlab,
  google,
  linkedin,
  microsoft,
} from 'plinth/auth/oauth'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type AuthApp, openApp, openBrowser } from '../app.ts'
import { departure, errorOf, whoIs } from './setup.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const CLIENT = { clientId: 'shop', clientSecret: 'secret' }
const TENANT = '2f1f4a1c-6b53-4f52-9d4b-7d9a0d5a9f3e'
const key = await generateKeyPair('RS256', { extractable: true })
const jwk = { ...(await exportJWK(key.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }

type Answers = Readonly<Record<string, unknown>>

/** The internet, as far as it is asked: the bodies of URLs without their queries. */
function stubInternet(answers: Answers | ((url: string) => unknown)) {
  const asked: { url: URL; init: RequestInit }[] = []
  vi.stubGlobal('fetch', async (input: string | URL, init: RequestInit = {}) => {
    const url = new URL(String(input))
    asked.push({ url, init })
    const found =
      typeof answers === 'function'
        ? answers(url.origin + url.pathname)
        : answers[url.origin + url.pathname]
    if (found === undefined) return new Response('nothing there', { status: 404 })
    return Response.json(found instanceof Function ? await found(url, init) : found)
  })
  return asked
}

interface Setting {
  readonly factor: AuthOptions['factors'][number]
  readonly name: string
}

/** Signs in: `answers` is told the URL that people are sent to, whose nonce it may need. */
async function signIn(
  { factor, name }: Setting,
  answers: (sent: URL, app: AuthApp) => Answers,
  before: Answers = {},
) {
  const app = await openApp({ origin: 'https://app.test', factors: [factor] })
  const browser = openBrowser(app)
  stubInternet(before)
  const sent = new URL(await departure(browser, { name }))
  const asked = stubInternet({ ...before, ...answers(sent, app) })
  const state = sent.searchParams.get('state') ?? ''
  const answer = await browser.send(`/auth/oauth/${name}/callback?code=c-1&state=${state}`)
  return { app, browser, sent, asked, answer, error: errorOf(answer), who: await whoIs(browser) }
}

/** What an OpenID provider answers to a code. */
function idTokenOf(issuer: string, claims: Record<string, unknown>, sent: URL, app: AuthApp) {
  const now = Math.floor(app.clock.now() / 1000)
  const nonce = sent.searchParams.get('nonce')
  const all = {
    iss: issuer,
    aud: 'shop',
    iat: now,
    exp: now + 300,
    ...(nonce && { nonce }),
    ...claims,
  }
  return new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(key.privateKey)
}

interface OpenIdProvider {
  readonly issuer: string
  readonly token: string
  readonly jwks: string
}

function metadataOf({ issuer, token, jwks }: OpenIdProvider): Answers {
  return {
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: token,
      jwks_uri: jwks,
      id_token_signing_alg_values_supported: ['RS256'],
    },
    [jwks]: { keys: [jwk] },
  }
}

async function signInOpenId(
  setting: Setting,
  provider: OpenIdProvider & { readonly tokenIssuer?: string },
  claims: Record<string, unknown>,
) {
  const { issuer, token, tokenIssuer = issuer } = provider
  return signIn(
    setting,
    (sent, app) => ({
      [token]: async () => ({
        access_token: 'at',
        token_type: 'Bearer',
        id_token: await idTokenOf(tokenIssuer, claims, sent, app),
      }),
    }),
    metadataOf(provider),
  )
}

const ADA = { sub: '1', email: 'ada@example.com', email_verified: true }

describe('[ASVS 10.2.3] ready settings', () => {
  const key = { teamId: 'T', keyId: 'K', privateKey: '-----BEGIN PRIVATE KEY-----' }
  it.each([
    ['google', google(CLIENT), 'openid email profile'],
    ['microsoft', microsoft(CLIENT), 'openid email profile'],
    ['apple', apple({ clientId: 'shop', key }), 'openid email'],
    ['gitlab', gitlab(CLIENT), 'openid email profile'],
    ['linkedin', linkedin(CLIENT), 'openid email profile'],
    ['github', github(CLIENT), 'user:email'],
    ['discord', discord(CLIENT), 'identify email'],
    ['facebook', facebook(CLIENT), 'public_profile email'],
  ])('%s asks for who somebody is and no more', async (name, factor, scope) => {
    const app = await openApp({ origin: 'https://app.test', factors: [factor] })
    const issuers = [
      'accounts.google.com',
      'appleid.apple.com',
      'gitlab.com',
      'www.linkedin.com/oauth',
    ]
    const places = issuers.map((host) => {
      const issuer = `https://${host}`
      return metadataOf({ issuer, token: `${issuer}/token`, jwks: `${issuer}/keys` })
    })
    stubInternet(Object.assign({}, ...places))
    const sent = new URL(await departure(openBrowser(app), { name }))
    expect(sent.searchParams.get('scope')).toBe(scope)
    expect(sent.protocol).toBe('https:')
  })
})

describe('Google', () => {
  const provider = {
    issuer: 'https://accounts.google.com',
    token: 'https://oauth2.googleapis.com/token',
    jwks: 'https://www.googleapis.com/oauth2/v3/certs',
  }
  const setting = (options = {}) => ({ name: 'google', factor: google({ ...CLIENT, ...options }) })

  it('signs in', async () => {
    const { who, sent, asked } = await signInOpenId(setting(), provider, ADA)
    expect(who).toBe('ada@example.com')
    expect(sent.searchParams.get('code_challenge_method')).toBe('S256')
    const body = asked.find(({ url }) => url.href === provider.token)?.init.body
    expect(new URLSearchParams(body as URLSearchParams).get('client_secret')).toBe('secret')
  })

  it('lets in those of one Workspace, by the claim and not by the field', async () => {
    const own = setting({ workspace: 'corp.example' })
    const { sent, who } = await signInOpenId(own, provider, { ...ADA, hd: 'corp.example' })
    expect([sent.searchParams.get('hd'), who]).toEqual(['corp.example', 'ada@example.com'])
    for (const hd of [undefined, 'evil.example', ['corp.example']]) {
      const { error } = await signInOpenId(own, provider, { ...ADA, hd })
      expect(error).toBe('provider_denied')
    }
  })
})

describe('GitLab', () => {
  it('signs in at its own service and at one of a team', async () => {
    for (const issuer of ['https://gitlab.com', 'https://git.corp.example']) {
      const provider = { issuer, token: `${issuer}/oauth/token`, jwks: `${issuer}/oauth/keys` }
      const factor = gitlab({ ...CLIENT, issuer })
      const { who } = await signInOpenId({ name: 'gitlab', factor }, provider, ADA)
      expect(who).toBe('ada@example.com')
    }
  })

  it('of a team may stand inside, and lead nowhere else there', async () => {
    const issuer = 'https://git.internal'
    const factor = gitlab({ ...CLIENT, issuer })
    const provider = { issuer, token: `${issuer}/oauth/token`, jwks: `${issuer}/oauth/keys` }
    const { who } = await signInOpenId({ name: 'gitlab', factor }, provider, ADA)
    expect(who).toBe('ada@example.com')
    const wrong = { ...provider, token: 'https://db.internal/token' }
    await expect(signInOpenId({ name: 'gitlab', factor }, wrong, ADA)).rejects.toThrow('503')
  })
})

describe('LinkedIn', () => {
  const provider = {
    issuer: 'https://www.linkedin.com/oauth',
    token: 'https://www.linkedin.com/oauth/v2/accessToken',
    jwks: 'https://www.linkedin.com/oauth/openid/jwks',
  }

  it('signs in without what it does not take', async () => {
    const factor = linkedin(CLIENT)
    const claims = { ...ADA, email_verified: 'true' }
    const { who, sent, asked } = await signInOpenId({ name: 'linkedin', factor }, provider, claims)
    expect(who).toBe('ada@example.com')
    for (const name of ['nonce', 'code_challenge']) expect(sent.searchParams.has(name)).toBe(false)
    const body = asked.find(({ url }) => url.href === provider.token)?.init.body
    expect(new URLSearchParams(body as URLSearchParams).has('code_verifier')).toBe(false)
  })
})

describe('Microsoft', () => {
  const login = 'https://login.microsoftonline.com'
  const at = (tenant: string) => ({
    issuer: `${login}/${tenant}/v2.0`,
    token: `${login}/${tenant}/oauth2/v2.0/token`,
    jwks: `${login}/${tenant}/discovery/v2.0/keys`,
  })
  const setting = (options = {}) => ({
    name: 'microsoft',
    factor: microsoft({ ...CLIENT, ...options }),
  })
  const PROVED = { ...ADA, xms_edov: true }

  it('signs in people of any directory, each by its own issuer', async () => {
    const provider = { ...at('common'), tokenIssuer: at(TENANT).issuer }
    const { who, sent } = await signInOpenId(setting(), provider, { ...PROVED, tid: TENANT })
    expect(who).toBe('ada@example.com')
    expect(sent.pathname).toBe('/common/oauth2/v2.0/authorize')
  })

  it.each([
    ['of another tenant than it names', { tid: '9e0d1b9e-0000-4000-8000-000000000000' }],
    ['that names no tenant', {}],
    ['that names no tenant by its id', { tid: '../evil.example' }],
    ['that names a list', { tid: [TENANT] }],
  ])('refuses an ID token %s', async (_, claims) => {
    const provider = { ...at('common'), tokenIssuer: at(TENANT).issuer }
    const { error } = await signInOpenId(setting(), provider, { ...PROVED, ...claims })
    expect(error).toBe('provider_failed')
  })

  it('refuses personal accounts where only organizations may sign in', async () => {
    const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'
    const provider = { ...at('organizations'), tokenIssuer: at(personal).issuer }
    const claims = { ...PROVED, tid: personal }
    const { error } = await signInOpenId(setting({ tenant: 'organizations' }), provider, claims)
    expect(error).toBe('provider_failed')
  })

  it('[ASVS 6.8.1] believes no address that an administrator may have written', async () => {
    const { error } = await signInOpenId(setting({ tenant: TENANT }), at(TENANT), ADA)
    expect(error).toBe('email_unverified')
  })

  it('believes its one directory when told to', async () => {
    const own = setting({ tenant: TENANT, trustEmails: true })
    const { who } = await signInOpenId(own, at(TENANT), { sub: '1', email: ADA.email })
    expect(who).toBe('ada@example.com')
  })

  it('is not told to believe everybody, nor given a tenant by name', () => {
    for (const tenant of [undefined, 'common', 'organizations']) {
      const options = { ...CLIENT, ...(tenant && { tenant }), trustEmails: true }
      expect(() => microsoft(options)).toThrow('microsoft().trustEmails: is true with')
    }
    expect(() => microsoft({ ...CLIENT, tenant: 'corp.example' })).toThrow(
      'microsoft().tenant: is "corp.example"; expected the id of a tenant',
    )
  })
})

describe('GitHub', () => {
  const setting = { name: 'github', factor: github(CLIENT) }
  const EMAIL = { email: 'ada@example.com', primary: true, verified: true }
  const answers =
    (emails: unknown, user: unknown = { id: 7, login: 'ada', name: null }) =>
    () => ({
      'https://github.com/login/oauth/access_token': {
        access_token: 'gho_1',
        token_type: 'bearer',
      },
      'https://api.github.com/user': user,
      'https://api.github.com/user/emails': emails,
    })

  it('signs in by the primary address', async () => {
    const emails = [{ email: 'other@example.com', primary: false, verified: true }, EMAIL]
    const { who, asked, sent } = await signIn(setting, answers(emails))
    expect(who).toBe('ada@example.com')
    expect(sent.searchParams.get('scope')).toBe('user:email')
    const api = asked.filter(({ url }) => url.host === 'api.github.com')
    for (const { init } of api) {
      expect(new Headers(init.headers).get('authorization')).toBe('Bearer gho_1')
      expect(new Headers(init.headers).get('user-agent')).toBe('plinth')
    }
  })

  it.each([
    ['whose primary address is not verified', [{ ...EMAIL, verified: false }]],
    ['whose verified address is not primary', [{ ...EMAIL, primary: false }]],
    ['without addresses', []],
    ['whose addresses are hidden', { message: 'Not Found' }],
  ])('makes no account for somebody %s', async (_, emails) => {
    expect((await signIn(setting, answers(emails))).error).toBe('email_unverified')
  })

  it.each([
    ['no id', {}],
    ['an id of text', { id: '7' }],
    ['an id beyond exact numbers', { id: 2 ** 60 }],
    ['a list', []],
    ['nothing', null],
  ])('refuses a user with %s', async (_, user) => {
    expect((await signIn(setting, answers([EMAIL], user))).error).toBe('provider_failed')
  })

  it('refuses the error that it answers with 200', async () => {
    const token = { error: 'bad_verification_code', error_description: 'It is wrong.' }
    const { error } = await signIn(setting, () => ({
      'https://github.com/login/oauth/access_token': token,
    }))
    expect(error).toBe('provider_failed')
  })
})

describe('Discord', () => {
  const setting = { name: 'discord', factor: discord(CLIENT) }
  const answers = (user: unknown) => () => ({
    'https://discord.com/api/oauth2/token': { access_token: 'd', token_type: 'Bearer' },
    'https://discord.com/api/users/@me': user,
  })

  it('signs in by an address that it has verified, and by no other', async () => {
    const user = { id: '80351110224678912', email: ADA.email, username: 'ada' }
    expect((await signIn(setting, answers({ ...user, verified: true }))).who).toBe(ADA.email)
    for (const verified of [false, null, undefined]) {
      const { error } = await signIn(setting, answers({ ...user, verified }))
      expect(error).toBe('email_unverified')
    }
  })
})

describe('Facebook', () => {
  const answers = () => ({
    'https://graph.facebook.com/v24.0/oauth/access_token': {
      access_token: 'f',
      token_type: 'bearer',
    },
    'https://graph.facebook.com/v24.0/me': { id: '100', name: 'Ada', email: ADA.email },
  })

  it('makes no account, for it does not say that an address is verified', async () => {
    const { error, asked } = await signIn({ name: 'facebook', factor: facebook(CLIENT) }, answers)
    expect(error).toBe('email_unverified')
    const proof = createHmac('sha256', 'secret').update('f').digest('hex')
    const me = asked.find(({ url }) => url.pathname === '/v24.0/me')
    expect(me?.url.searchParams.get('appsecret_proof')).toBe(proof)
  })

  it('makes accounts when its addresses are trusted', async () => {
    const factor = facebook({ ...CLIENT, trustEmails: true })
    expect((await signIn({ name: 'facebook', factor }, answers)).who).toBe(ADA.email)
  })
})

describe('Apple', () => {
  const provider = {
    issuer: 'https://appleid.apple.com',
    token: 'https://appleid.apple.com/auth/token',
    jwks: 'https://appleid.apple.com/auth/keys',
  }

  async function openApple() {
    const pair = await generateKeyPair('ES256', { extractable: true })
    const privateKey = await exportPKCS8(pair.privateKey)
    const factor = apple({ clientId: 'shop', key: { teamId: 'TEAM', keyId: 'KEY', privateKey } })
    return { publicKey: pair.publicKey, setting: { name: 'apple', factor } }
  }

  it('signs in with a secret that is signed anew', async () => {
    const { publicKey, setting } = await openApple()
    const claims = { ...ADA, email_verified: 'true' }
    const { who, asked, app } = await signInOpenId(setting, provider, claims)
    expect(who).toBe('ada@example.com')
    const body = asked.find(({ url }) => url.href === provider.token)?.init.body
    const secret = new URLSearchParams(body as URLSearchParams).get('client_secret') ?? ''
    const now = Math.floor(app.clock.now() / 1000)
    await jwtVerify(secret, publicKey, { currentDate: new Date(app.clock.now()) })
    expect(decodeProtectedHeader(secret)).toEqual({ alg: 'ES256', kid: 'KEY' })
    expect(decodeJwt(secret)).toEqual({
      iss: 'TEAM',
      sub: 'shop',
      aud: 'https://appleid.apple.com',
      iat: now,
      exp: now + 300,
    })
  })

  it('answers by a form of its own page, which is handed on', async () => {
    const { setting } = await openApple()
    const app = await openApp({ origin: 'https://app.test', factors: [setting.factor] })
    stubInternet(metadataOf(provider))
    const browser = openBrowser(app)
    const sent = new URL(await departure(browser, { name: 'apple' }))
    expect(sent.searchParams.get('response_mode')).toBe('form_post')
    const state = sent.searchParams.get('state') ?? ''
    const form = { state, code: 'c-1', user: '{"name":{"firstName":"Ada"}}', id_token: 'x.y.z' }
    // From another site, so without the cookies, which are SameSite=Lax.
    const headers = { origin: 'https://appleid.apple.com', 'sec-fetch-site': 'cross-site' }
    const handed = await app.send('/auth/oauth/apple/callback', { form, headers })
    expect([handed.status, handed.headers.get('location')]).toEqual([
      303,
      `/auth/oauth/apple/callback?code=c-1&state=${state}`,
    ])
    expect(handed.headers.getSetCookie()).toEqual([])
    stubInternet({
      ...metadataOf(provider),
      [provider.token]: async () => ({
        access_token: 'at',
        token_type: 'Bearer',
        id_token: await idTokenOf(provider.issuer, ADA, sent, app),
      }),
    })
    const answer = await browser.send(handed.headers.get('location') ?? '')
    expect(errorOf(answer)).toBeNull()
    expect(await whoIs(browser)).toBe('ada@example.com')
  })

  it('hands on nothing that it should not', async () => {
    const { setting } = await openApple()
    const app = await openApp({ origin: 'https://app.test', factors: [setting.factor] })
    const form = { state: '\r\nset-cookie: a=b', error: 'user_cancelled_authorize' }
    const handed = await app.send('/auth/oauth/apple/callback', { form })
    expect(handed.headers.get('location')).toBe(
      '/auth/oauth/apple/callback?state=%0D%0Aset-cookie%3A+a%3Db&error=user_cancelled_authorize',
    )
    const other = google(CLIENT)
    const plain = await openApp({ origin: 'https://app.test', factors: [other] })
    expect((await plain.send('/auth/oauth/google/callback', { form })).status).toBe(405)
  })

  it('is refused a key that is none', () => {
    const key = { teamId: 'TEAM', keyId: 'KEY', privateKey: 'my secret key' }
    expect(() => apple({ clientId: 'shop', key })).toThrow(
      'apple().key.privateKey: is no private key',
    )
    expect(() => apple({ clientId: 'shop', key })).not.toThrow('my secret key')
    expect(() => apple({ clientId: 'shop' } as never)).toThrow('apple().key.teamId')
    const wrong = { clientId: 'shop', clientSecret: 's', key } as never
    expect(() => apple(wrong)).toThrow('option "clientSecret" is unknown')
  })
})
