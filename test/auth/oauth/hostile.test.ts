import { createHmac } from 'node:crypto'
import { exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { sessions, users } from 'plinth/auth'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FakeProvider } from './fake-provider.ts'
import { departure, errorOf, openSetup, type Setup, whoIs } from './setup.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Nobody is let in, nobody is known, and the browser is told no more than the code. */
async function expectRefused({ app, browser, signIn }: Setup, error = 'provider_failed') {
  const answer = await signIn()
  expect(errorOf(answer)).toBe(error)
  expect(answer.text).toBe('')
  expect(await whoIs(browser)).toBeUndefined()
  expect(await app.database.system.count(sessions)).toBe(0)
  expect(await app.database.system.count(users)).toBe(0)
}

/** Why, by the log. */
function reasonOf({ app }: Setup): unknown {
  const line = app.recorder.logs.findLast(({ event }) => event === 'auth.provider_failed')
  return line?.attributes?.['plinth.auth.reason']
}

describe('an ID token', () => {
  const wrong: [string, (claims: Record<string, unknown>) => Record<string, unknown>][] = [
    [
      '[ASVS 10.5.3] [ASVS 9.1.3] of another issuer',
      (claims) => ({ ...claims, iss: 'https://evil.example' }),
    ],
    ['[ASVS 10.5.4] [ASVS 9.2.3] for another client', (claims) => ({ ...claims, aud: 'another' })],
    [
      '[ASVS 9.2.4] for another client beside this one',
      (claims) => ({ ...claims, aud: ['shop', 'another'] }),
    ],
    ['whose authorized party is another client', (claims) => ({ ...claims, azp: 'another' })],
    ['[ASVS 10.5.1] with another nonce', (claims) => ({ ...claims, nonce: 'another' })],
    ['[ASVS 10.5.1] without a nonce', ({ nonce: _, ...claims }) => claims],
    ['[ASVS 9.2.1] that has expired', (claims) => ({ ...claims, exp: Number(claims['iat']) - 60 })],
    ['[family 2] [ASVS 9.2.1] that expires at 0', (claims) => ({ ...claims, exp: 0 })],
    [
      '[family 2] [ASVS 9.2.1] whose end is no number',
      (claims) => ({ ...claims, exp: '9999999999' }),
    ],
    ['without an end', ({ exp: _, ...claims }) => claims],
    ['issued in the future', (claims) => ({ ...claims, iat: Number(claims['iat']) + 3600 })],
    [
      '[ASVS 9.2.1] that is not good yet',
      (claims) => ({ ...claims, nbf: Number(claims['iat']) + 3600 }),
    ],
    ['without a subject', ({ sub: _, ...claims }) => claims],
    ['whose subject is empty', (claims) => ({ ...claims, sub: '' })],
    ['whose subject is a number', (claims) => ({ ...claims, sub: 7 })],
    ['whose subject is longer than any', (claims) => ({ ...claims, sub: 'x'.repeat(256) })],
    ['whose subject has control characters', (claims) => ({ ...claims, sub: 'p-1\u0000' })],
  ]
  it.each(wrong)('%s is refused', async (_, claims) => {
    const setup = await openSetup()
    setup.provider.claims = claims
    await expectRefused(setup)
  })

  const forged: [string, (claims: object, provider: FakeProvider) => Promise<string> | string][] = [
    [
      '[family 1] [ASVS 9.1.2] [ASVS 6.8.2] of the algorithm none',
      (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`,
    ],
    [
      '[ASVS 9.1.2] of the algorithm None, in capitals',
      (claims) => `${encode({ alg: 'NONE', kid: 'k1' })}.${encode(claims)}.`,
    ],
    [
      '[family 1] [ASVS 9.1.2] signed by HS256 with the public key',
      async (claims, { key }) => {
        const head = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claims)}`
        const mac = createHmac('sha256', await exportSPKI(key.publicKey))
        return `${head}.${mac.update(head).digest('base64url')}`
      },
    ],
    [
      '[family 1] [ASVS 9.1.2] signed by HS256 with the secret of the client',
      (claims) => {
        const head = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claims)}`
        const mac = createHmac('sha256', 'the secret of the shop')
        return `${head}.${mac.update(head).digest('base64url')}`
      },
    ],
    [
      '[ASVS 9.1.1] [ASVS 6.8.2] signed by another key of the same name',
      async (claims) => {
        const other = await generateKeyPair('RS256')
        return new SignJWT({ ...claims })
          .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
          .sign(other.privateKey)
      },
    ],
    [
      '[ASVS 9.1.3] of a key that nobody has published',
      async (claims, { key }) =>
        new SignJWT({ ...claims })
          .setProtectedHeader({ alg: 'RS256', kid: 'k2' })
          .sign(key.privateKey),
    ],
    [
      '[ASVS 9.1.3] that brings its key along',
      async (claims) => {
        const other = await generateKeyPair('RS256', { extractable: true })
        const { exportJWK } = await import('jose')
        const jwk = await exportJWK(other.publicKey)
        return new SignJWT({ ...claims })
          .setProtectedHeader({ alg: 'RS256', jwk, jku: 'https://evil.example/jwks', kid: 'evil' })
          .sign(other.privateKey)
      },
    ],
    [
      '[ASVS 9.1.1] whose claims were changed',
      async (claims, { key }) => {
        const honest = new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        const [head, , signature] = (await honest.sign(key.privateKey)).split('.')
        return `${head}.${encode({ ...claims, sub: 'somebody else' })}.${signature}`
      },
    ],
    ['that is no token', () => 'not a token'],
    ['that is encrypted', () => 'a.b.c.d.e'],
    [
      'with critical extensions',
      async (claims, { key }) =>
        new SignJWT({ ...claims })
          .setProtectedHeader({ alg: 'RS256', kid: 'k1', crit: ['b64'], b64: true })
          .sign(key.privateKey),
    ],
  ]
  it.each(forged)('%s is refused', async (_, sign) => {
    const setup = await openSetup()
    setup.provider.sign = (claims) => sign(claims, setup.provider)
    await expectRefused(setup)
  })

  it('that is missing is refused, whatever else is told', async () => {
    const setup = await openSetup()
    setup.provider.tokens = ({ id_token: _, ...rest }) => ({ ...rest, sub: 'p-1' })
    await expectRefused(setup)
  })

  it('of an algorithm that is allowed but not listed is refused', async () => {
    const setup = await openSetup()
    setup.provider.metadata = (honest) => ({
      ...honest,
      id_token_signing_alg_values_supported: ['ES256'],
    })
    await expectRefused(setup)
  })

  it('of algorithms that are all forbidden is refused', async () => {
    const setup = await openSetup()
    setup.provider.metadata = (honest) => ({
      ...honest,
      id_token_signing_alg_values_supported: ['none', 'HS256'],
    })
    setup.provider.sign = (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`
    await expectRefused(setup)
  })

  it('is not told of in the log beyond the check that failed', async () => {
    const setup = await openSetup()
    setup.provider.claims = (claims) => ({ ...claims, aud: 'another' })
    await setup.signIn()
    expect(reasonOf(setup)).toBe('unexpected JWT "aud" (audience) claim value')
    const written = JSON.stringify(setup.app.recorder.logs)
    expect(written).not.toContain('ada@example.com')
    expect(written).not.toContain('at-1')
  })
})

describe('what is told beside the ID token', () => {
  async function openTold(told: Record<string, unknown>) {
    const setup = await openSetup()
    const { provider } = setup
    provider.metadata = (honest) => ({ ...honest, userinfo_endpoint: `${provider.issuer}/me` })
    provider.claims = ({ email: _, ...claims }) => ({ ...claims, email_verified: true })
    provider.answer = ({ url }, response) => {
      if (url !== '/me') return false
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(told))
      return true
    }
    return setup
  }

  it('counts where it is of the same person', async () => {
    const told = { sub: 'p-1', email: 'ada@example.com', email_verified: true, name: 'Ada' }
    const { app, browser, signIn } = await openTold(told)
    await signIn()
    expect(await whoIs(browser)).toBe('ada@example.com')
    expect(await app.database.system.first(users)).toMatchObject({ name: 'Ada' })
  })

  it.each([
    ['is of another person', { sub: 'p-2', email: 'ada@example.com', email_verified: true }],
    ['is of nobody', { email: 'ada@example.com', email_verified: true }],
  ])('is refused where it %s', async (_, told) => {
    await expectRefused(await openTold(told))
  })

  it('is not vouched for by what was said of another address', async () => {
    const told = { sub: 'p-1', email: 'ada@example.com' }
    await expectRefused(await openTold(told), 'email_unverified')
  })

  it('does not change whom the ID token is of', async () => {
    const told = { sub: 'p-1', iss: 'https://accounts.google.com', email: 'ada@example.com' }
    const setup = await openTold({ ...told, email_verified: true })
    await setup.signIn()
    const table = setup.app.description.tables.find(({ name }) => name === 'plinth_identities')
    if (!table) throw new Error('there is no table of identities')
    const { items } = await setup.app.database.system.list(table)
    expect(items).toMatchObject([{ issuer: setup.provider.issuer, subject: 'p-1' }])
  })
})

describe('metadata', () => {
  const inward = [
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/token',
    'https://10.0.0.1/token',
    'https://[::1]/token',
    'https://[::ffff:10.0.0.1]/token',
    'https://[::ffff:7f00:1]/token',
    'https://0x7f.1/token',
    'https://2130706433/token',
    'https://localhost/token',
    'https://db.internal/token',
    'https://router/token',
    'http://accounts.example.com/token',
    'file:///etc/passwd',
    'gopher://accounts.example.com/',
    'javascript:alert(1)',
    'https://user:password@accounts.example.com/token',
    'not a URL',
    7,
  ]
  const places = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint']
  it.each(places)(
    '[family 14] [ASVS 1.3.6] that points %s inward is refused before a request',
    async (place) => {
      const setup = await openSetup()
      for (const url of inward) {
        setup.provider.metadata = (honest) => ({ ...honest, [place]: url })
        const answer = await setup.browser.send('/auth/oauth/corp/start', { json: {} })
        expect([url, answer.status, answer.json.code]).toEqual([url, 503, 'provider_failed'])
      }
      expect(new Set(setup.provider.asked)).toEqual(new Set(['/.well-known/openid-configuration']))
    },
  )

  it('that points to another port of the same machine is refused', async () => {
    const setup = await openSetup()
    setup.provider.metadata = (honest) => ({ ...honest, token_endpoint: 'http://127.0.0.1:6379/' })
    expect((await setup.browser.send('/auth/oauth/corp/start', { json: {} })).status).toBe(503)
  })

  it('[ASVS 10.5.3] of another issuer is refused', async () => {
    const setup = await openSetup()
    setup.provider.metadata = (honest) => ({ ...honest, issuer: 'https://accounts.google.com' })
    expect((await setup.browser.send('/auth/oauth/corp/start', { json: {} })).status).toBe(503)
  })

  it.each([
    ['huge', 'x'.repeat(300_000)],
    ['a list', []],
    ['text', 'metadata'],
    ['nothing', null],
  ])('that is %s is refused', async (_, metadata) => {
    const setup = await openSetup()
    setup.provider.metadata = () => metadata
    expect((await setup.browser.send('/auth/oauth/corp/start', { json: {} })).status).toBe(503)
  })

  it('that never ends is read to the limit and no further', async () => {
    const setup = await openSetup()
    let stopped = false
    setup.provider.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '.repeat(65_536)), 1)
      response.on('close', () => {
        stopped = true
        clearInterval(timer)
      })
      return true
    }
    expect((await setup.browser.send('/auth/oauth/corp/start', { json: {} })).status).toBe(503)
    await vi.waitFor(() => expect(stopped).toBe(true))
  })

  it('that could not be had is asked for again', async () => {
    const setup = await openSetup()
    setup.provider.answer = (_, response) => {
      response.writeHead(500).end()
      return true
    }
    expect((await setup.browser.send('/auth/oauth/corp/start', { json: {} })).status).toBe(503)
    setup.provider.answer = () => false
    expect((await setup.browser.send('/auth/oauth/corp/start', { json: {} })).status).toBe(200)
  })
})

describe('a provider', () => {
  it.each(['/token', '/jwks', '/.well-known/openid-configuration'])(
    '[ASVS 1.3.6] is not followed where %s redirects',
    async (path) => {
      const setup = await openSetup()
      let followed = false
      setup.provider.answer = ({ url }, response) => {
        if (url === '/elsewhere') followed = true
        if (url !== path) return false
        response.writeHead(307, { location: `${setup.provider.issuer}/elsewhere` }).end()
        return true
      }
      const answer = await setup.browser.send('/auth/oauth/corp/start', { json: {} })
      if (answer.status === 200) {
        const back = setup.provider.consent(answer.json.url)
        expect(errorOf(await setup.browser.send(back))).toBe('provider_failed')
      } else {
        expect(answer.status).toBe(503)
      }
      expect(followed).toBe(false)
    },
  )

  it('that does not answer is given up', async () => {
    const setup = await openSetup()
    const back = await setup.begin()
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const patience: number[] = []
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((time) => {
      patience.push(time)
      return timeout(20)
    })
    setup.provider.answer = () => true
    expect(errorOf(await setup.browser.send(back))).toBe('provider_failed')
    expect(patience).toEqual([10_000])
  })

  it('that closes the connection is given up', async () => {
    const setup = await openSetup()
    const back = await setup.begin()
    setup.provider.answer = (request) => {
      request.socket.destroy()
      return true
    }
    expect(errorOf(await setup.browser.send(back))).toBe('provider_failed')
  })

  it.each([
    ['an error', 400, { error: 'invalid_grant', error_description: '<script>alert(1)</script>' }],
    ['HTML', 200, '<html>'],
    ['a list', 200, []],
    ['no access token', 200, { token_type: 'Bearer' }],
    ['another type of token', 200, { access_token: 'a', token_type: 'mac' }],
  ])('that answers the code with %s lets nobody in', async (_, status, body) => {
    const setup = await openSetup()
    setup.provider.answer = ({ url }, response) => {
      if (url !== '/token') return false
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return true
    }
    await expectRefused(setup)
  })

  it('[ASVS 10.2.2] whose answer names another issuer is refused', async () => {
    const { browser, begin } = await openSetup()
    const back = new URL(await begin(), 'https://app.test')
    back.searchParams.set('iss', 'https://evil.example')
    expect(errorOf(await browser.send(back.pathname + back.search))).toBe('provider_failed')
  })

  it('[ASVS 10.2.2] whose answer leaves out the issuer it promised is refused', async () => {
    const { browser, begin } = await openSetup()
    const back = new URL(await begin(), 'https://app.test')
    back.searchParams.delete('iss')
    expect(errorOf(await browser.send(back.pathname + back.search))).toBe('provider_failed')
  })

  it('that says no is told of by a code alone', async () => {
    const { provider, browser } = await openSetup()
    const url = await departure(browser, { returnTo: '/orders' })
    const state = new URL(url).searchParams.get('state') ?? ''
    const given = {
      state,
      iss: provider.issuer,
      error: 'access_denied',
      error_description: '<b>no',
    }
    const answer = await browser.send(`/auth/oauth/corp/callback?${new URLSearchParams(given)}`)
    expect([answer.status, answer.headers.get('location'), answer.text]).toEqual([
      303,
      '/sign-in?error=provider_denied&provider=corp&returnTo=%2Forders',
      '',
    ])
  })
})
