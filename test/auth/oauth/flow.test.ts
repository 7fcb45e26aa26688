import { sessions } from 'plinth/auth'
import { oidc } from 'plinth/auth/oauth'
import { describe, expect, it } from 'vitest'
import { openApp, openBrowser } from '../app.ts'
import { CLIENT, openProvider } from './fake-provider.ts'
import { departure, errorOf, openSetup, whoIs } from './setup.ts'

describe('a flow', () => {
  it('[ASVS 10.2.1] [ASVS 10.1.2] is sent out with state, nonce and PKCE by S256', async () => {
    const { browser, provider } = await openSetup()
    const { searchParams } = new URL(await departure(browser))
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: 'shop',
      redirect_uri: 'https://app.test/auth/oauth/corp/callback',
      response_type: 'code',
      scope: 'openid email profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[0-9a-f]{64}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect(provider.asked).toEqual(['/.well-known/openid-configuration'])
  })

  it('[ASVS 10.1.1] shows the browser no secret of the client and no token', async () => {
    const { app, browser, provider, signIn } = await openSetup()
    const answer = await signIn()
    expect(provider.lastToken.form.get('code_verifier')).toMatch(/^[0-9a-f]{64}$/)
    const seen = JSON.stringify([answer.headers.getSetCookie(), answer.text, [...browser.cookies]])
    for (const secret of ['at-1', CLIENT.clientSecret]) expect(seen).not.toContain(secret)
    expect(JSON.stringify(app.recorder.spans)).not.toContain('at-1')
  })

  it('[ASVS 3.3.1] [ASVS 3.3.3] [ASVS 3.3.4] binds by a cookie for this host and no script', async () => {
    const { browser, provider } = await openSetup()
    const { headers, json } = await browser.send('/auth/oauth/corp/start', { json: {} })
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-oauth=[\w-]{43}; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/,
      ),
    ])
    await browser.send(provider.consent(json.url))
    expect(browser.cookies.has('__Host-oauth')).toBe(false)
  })

  it('[family 17] [ASVS 10.1.2] of another browser signs nobody in and stays open', async () => {
    const { app, browser, begin } = await openSetup()
    const back = await begin()
    const victim = openBrowser(app)
    expect(errorOf(await victim.send(back))).toBe('invalid_token')
    await departure(victim)
    expect(errorOf(await victim.send(back))).toBe('invalid_token')
    expect(await whoIs(victim)).toBeUndefined()
    expect(errorOf(await browser.send(back))).toBeNull()
    expect(await whoIs(browser)).toBe('ada@example.com')
  })

  it('[ASVS 10.2.1] is taken once', async () => {
    const { app, browser, begin, provider } = await openSetup()
    const back = await begin()
    const cookies = new Map(browser.cookies)
    await browser.send(back)
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    expect(errorOf(await browser.send(back))).toBe('invalid_token')
    expect(await app.database.system.count(sessions)).toBe(1)
    expect(provider.asked.filter((path) => path === '/token')).toHaveLength(1)
  })

  it('[family 13] opens one session when its answer comes many times at once', async () => {
    const { app, browser, begin, provider } = await openSetup()
    const back = await begin()
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.send(back)))
    expect(answers.filter((answer) => errorOf(answer) === null)).toHaveLength(1)
    expect(await app.database.system.count(sessions)).toBe(1)
    expect(provider.asked.filter((path) => path === '/token')).toHaveLength(1)
  })

  it('is over after ten minutes', async () => {
    const { app, browser, begin } = await openSetup()
    const back = await begin()
    app.clock.advance(10 * 60_000)
    expect(errorOf(await browser.send(back))).toBe('invalid_token')
  })

  it('of one tab does not end that of another', async () => {
    const { browser, begin } = await openSetup()
    const [first, second] = [await begin(), await begin({ sub: 'p-2', email: null })]
    expect(errorOf(await browser.send(second))).toBe('email_unverified')
    expect(errorOf(await browser.send(first))).toBeNull()
  })

  it.each([
    ['no state', '?code=x'],
    ['an empty state', '?code=x&state='],
    ['a state of nobody', `?code=x&state=${'x'.repeat(43)}`],
    ['nothing', ''],
  ])('is not made up of %s', async (_, query) => {
    const { browser, begin } = await openSetup()
    await begin()
    expect(errorOf(await browser.send(`/auth/oauth/corp/callback${query}`))).toBe('invalid_token')
  })

  it.each(['state', 'code'])('does not take a %s that comes twice', async (name) => {
    const { browser, begin } = await openSetup()
    const answer = await browser.send(`${await begin()}&${name}=another`)
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_input'])
    expect(await whoIs(browser)).toBeUndefined()
  })

  it('is not taken by HEAD from another browser, nor without one', async () => {
    const { app, begin, browser } = await openSetup()
    const back = await begin()
    await app.send(back, { method: 'HEAD' })
    expect(errorOf(await browser.send(back))).toBeNull()
  })

  it('leaves nothing in the database that opens it', async () => {
    const { app, browser, begin } = await openSetup()
    const back = new URL(await begin(), 'https://app.test')
    const state = back.searchParams.get('state') ?? ''
    const binding = browser.cookies.get('__Host-oauth') ?? ''
    const { items } = await app.database.system.list(secretsOf(app), {})
    const stored = JSON.stringify(items)
    expect(items).toHaveLength(1)
    for (const secret of [state, binding]) expect(stored).not.toContain(secret)
  })

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'orders',
    '/orders\n',
    'javascript:alert(1)',
    `/${'x'.repeat(3000)}`,
  ])('[ASVS 3.7.2] does not lead on to %j', async (returnTo) => {
    const { browser } = await openSetup()
    const answer = await browser.send('/auth/oauth/corp/start', { json: { returnTo } })
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_input'])
  })

  it('[ASVS 3.5.1] is not begun by another site', async () => {
    const { app } = await openSetup()
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    for (const path of ['start', 'link']) {
      const answer = await app.send(`/auth/oauth/corp/${path}`, { json: {}, headers })
      expect([answer.status, answer.json.code]).toEqual([403, 'cross_origin'])
    }
  })

  it('[ASVS 6.3.1] is begun so often and no more from one address', async () => {
    const limits = { address: { attempts: 3, window: 60_000 } }
    const { app, signIn } = await openSetup({}, { limits })
    for (let count = 0; count < 5; count++) {
      expect(errorOf(await signIn(undefined, openBrowser(app)))).toBeNull()
    }
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) {
      statuses.push((await app.send('/auth/oauth/corp/start', { json: {} })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 429])
  })
})

describe('[family 17] [ASVS 10.2.2] two providers', () => {
  async function openTwo() {
    const clock = { now: () => app.clock.now() }
    const [good, evil] = [await openProvider(clock), await openProvider(clock)]
    const app = await openApp({
      origin: 'https://app.test',
      factors: [
        oidc({ name: 'good', issuer: good.issuer, ...CLIENT }),
        oidc({ name: 'evil', issuer: evil.issuer, ...CLIENT }),
      ],
    })
    return { app, good, evil, browser: openBrowser(app) }
  }

  it('do not take each other’s codes', async () => {
    const { good, evil, browser } = await openTwo()
    const back = new URL(
      good.consent(await departure(browser, { name: 'good' })),
      'https://app.test',
    )
    const other = new URL(await departure(browser, { name: 'evil' }))
    back.pathname = '/auth/oauth/evil/callback'
    back.searchParams.set('state', other.searchParams.get('state') ?? '')
    back.searchParams.set('iss', evil.issuer)
    expect(errorOf(await browser.send(back.pathname + back.search))).toBe('provider_failed')
    expect(await whoIs(browser)).toBeUndefined()
  })

  it('do not take each other’s states, and are not asked', async () => {
    const { good, evil, browser } = await openTwo()
    const back = good.consent(await departure(browser, { name: 'good' }))
    await departure(browser, { name: 'evil' })
    const moved = back.replace('/good/', '/evil/')
    expect(errorOf(await browser.send(moved))).toBe('invalid_token')
    expect(evil.asked).not.toContain('/token')
    expect(errorOf(await browser.send(back))).toBeNull()
  })

  it('[ASVS 6.8.1] [ASVS 10.5.3] do not speak for each other’s users', async () => {
    const { good, evil, browser, app } = await openTwo()
    await browser.send(good.consent(await departure(browser, { name: 'good' })))
    const attacker = openBrowser(app)
    evil.claims = (claims) => ({ ...claims, iss: good.issuer })
    const back = evil.consent(await departure(attacker, { name: 'evil' }))
    expect(errorOf(await attacker.send(back))).toBe('provider_failed')
    evil.claims = (claims) => claims
    const again = evil.consent(await departure(attacker, { name: 'evil' }))
    expect(errorOf(await attacker.send(again))).toBe('account_exists')
    expect(await whoIs(attacker)).toBeUndefined()
  })

  it('have a callback each', async () => {
    const { browser } = await openTwo()
    const paths = await Promise.all(
      ['good', 'evil'].map(async (name) =>
        new URL(await departure(browser, { name })).searchParams.get('redirect_uri'),
      ),
    )
    expect(paths).toEqual([
      'https://app.test/auth/oauth/good/callback',
      'https://app.test/auth/oauth/evil/callback',
    ])
  })
})

describe('a program', () => {
  async function openProgram() {
    const setup = await openSetup()
    const json = { transport: 'bearer' }
    const { json: given, headers } = await setup.app.send('/auth/oauth/corp/start', { json })
    const back = setup.provider.consent(given.url)
    return { ...setup, back, given, headers, bound: { 'oauth-binding': given.binding } }
  }

  it('is given its half in the body and its token in the end', async () => {
    const { app, back, headers, bound } = await openProgram()
    expect(headers.getSetCookie()).toEqual([])
    const answer = await app.send(back, { headers: bound })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []])
    const authorization = `Bearer ${answer.json.token}`
    expect((await app.send('/auth/session', { headers: { authorization } })).status).toBe(200)
  })

  it('is answered with a problem document', async () => {
    const { app, back, bound } = await openProgram()
    const wrong = { 'oauth-binding': 'x'.repeat(43) }
    const answer = await app.send(back, { headers: wrong })
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_token'])
    expect((await app.send(back, { headers: bound })).status).toBe(200)
    expect((await app.send(back, { headers: bound })).status).toBe(400)
  })

  it('does not come back in a browser', async () => {
    const { back, given, browser } = await openProgram()
    browser.cookies.set('__Host-oauth', given.binding)
    expect(errorOf(await browser.send(back))).toBe('invalid_token')
    expect(await whoIs(browser)).toBeUndefined()
  })
})

function secretsOf(app: { description: { tables: readonly { name: string }[] } }) {
  const table = app.description.tables.find(({ name }) => name === 'plinth_secrets')
  if (!table) throw new Error('there is no table of secrets')
  // The table's type is private to auth.
  return table as never
}
