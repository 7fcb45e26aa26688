import { github, gitlab, google, type OidcOptions, oidc } from 'plinth/auth/oauth'
import { Secret } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'

const CORP = { name: 'corp', issuer: 'https://id.example', clientId: 'shop', clientSecret: 's' }

const wrong: [string, Record<string, unknown>, string][] = [
  ['an unknown option', { client: 'shop' }, 'option "client" is unknown'],
  ['no client', { clientId: undefined }, 'oidc().clientId: is of the type undefined'],
  ['an empty client', { clientId: ' ' }, 'oidc().clientId: is empty'],
  ['an empty secret', { clientSecret: '' }, 'oidc().clientSecret: is empty'],
  ['a secret of another type', { clientSecret: 7 }, 'oidc().clientSecret: is of the type number'],
  ['a name in capitals', { name: 'Corp' }, 'oidc().name: is "Corp"; expected a name like "corp"'],
  ['a name that leads elsewhere', { name: '../corp' }, 'oidc().name'],
  ['a name of operations', { name: 'session' }, 'oidc().name'],
  ['a name that is no identifier', { name: 'my-corp' }, 'oidc().name'],
  ['no name', { name: undefined }, 'oidc().name'],
  [
    'an issuer without TLS',
    { issuer: 'http://id.example' },
    'oidc().issuer: is "http://id.example"',
  ],
  ['an issuer inside without TLS', { issuer: 'http://10.0.0.1' }, 'oidc().issuer'],
  ['an issuer with a query', { issuer: 'https://id.example?tenant=1' }, 'oidc().issuer'],
  ['an issuer with a password', { issuer: 'https://a:b@id.example' }, 'oidc().issuer'],
  ['an issuer that is no URL', { issuer: 'id.example' }, 'oidc().issuer'],
  ['an issuer of another scheme', { issuer: 'javascript:alert(1)' }, 'oidc().issuer'],
  ['scopes as text', { scopes: 'openid' }, 'oidc().scopes: is "openid"; expected a list'],
  ['a scope with a space', { scopes: ['openid email'] }, 'oidc().scopes'],
  ['scopes without openid', { scopes: ['email'] }, 'oidc().scopes: lacks "openid"'],
  ['a state of one’s own', { authorization: { state: 'x' } }, '"state" is not yours to set'],
  ['a place of one’s own', { authorization: { redirect_uri: 'x' } }, '"redirect_uri" is not yours'],
  ['a field of another type', { authorization: { prompt: 7 } }, '"prompt" is of the type number'],
  ['a page elsewhere', { pages: { home: 'https://evil.example' } }, 'oidc().pages.home'],
  ['a page by two slashes', { pages: { signIn: '//evil.example' } }, 'oidc().pages.signIn'],
  ['a page with a query', { pages: { signIn: '/sign-in?a=b' } }, 'oidc().pages.signIn'],
  ['an unknown page', { pages: { signUp: '/' } }, 'option "signUp" is unknown'],
  ['an age below zero', { maxAge: -1 }, 'oidc().maxAge: is -1'],
  ['an unknown way to authenticate', { clientAuth: 'jwt' }, 'oidc().clientAuth: is "jwt"'],
  ['a domain with a sign', { authoritativeFor: ['@corp.example'] }, 'oidc().authoritativeFor'],
  ['all domains', { authoritativeFor: ['*'] }, 'oidc().authoritativeFor'],
]

describe('oidc()', () => {
  it.each(wrong)('refuses %s', (_, options, message) => {
    expect(() => oidc({ ...CORP, ...options } as OidcOptions)).toThrow(message)
  })

  it('takes a secret that does not show itself', () => {
    expect(oidc({ ...CORP, clientSecret: new Secret('s') }).name).toBe('corp')
  })

  it.each([
    'http://localhost:9000',
    'http://127.0.0.1',
    'http://[::1]:80',
    'https://10.0.0.1/realm',
  ])('takes the issuer %s', (issuer) => {
    expect(oidc({ ...CORP, issuer }).name).toBe('corp')
  })

  it('never shows a secret in what it says', () => {
    try {
      oidc({ ...CORP, clientSecret: 'very secret', issuer: 'id.example' })
    } catch (error) {
      expect(String(error)).not.toContain('very secret')
    }
  })
})

describe('ready settings', () => {
  it('refuse a client without a secret', () => {
    const client = { clientId: 'shop' } as never
    expect(() => google(client)).toThrow('google().clientSecret: is of the type undefined')
    expect(() => github(client)).toThrow('github().clientSecret: is of the type undefined')
  })

  it('refuse what is not theirs to be told', () => {
    const client = { clientId: 'shop', clientSecret: 's' }
    expect(() => google({ ...client, maxAge: 7 } as never)).toThrow('option "maxAge" is unknown')
    expect(() => gitlab({ ...client, issuer: 'http://git.example' })).toThrow('gitlab().issuer')
  })
})
