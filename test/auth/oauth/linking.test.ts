import { account, sessions, users } from 'plinth/auth'
import { oidc, providerTokens } from 'plinth/auth/oauth'
import { createKeyring, generateKey } from 'plinth/kernel'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, BOB, openApp, openBrowser, signIn } from '../app.ts'
import { CLIENT, openProvider } from './fake-provider.ts'
import { departure, errorOf, openSetup, type Setup, signUp, whoIs } from './setup.ts'

const THEIRS = { sub: 'p-9', email: 'ada@corp.example', email_verified: true }

async function linked({ browser, provider }: Setup, person = THEIRS, from = browser) {
  return from.send(provider.consent(await departure(from, { to: 'link' }), person))
}

describe('linking a provider', () => {
  it('adds a way in to the account of the session', async () => {
    const setup = await openSetup()
    const { app, browser, signIn: signInCorp } = setup
    await signUp(app, { browser })
    const answer = await linked(setup)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account/providers'])
    const other = openBrowser(app)
    await signInCorp(THEIRS, other)
    expect(await whoIs(other)).toBe(ADA.email)
    const { json } = await browser.send('/auth/identities')
    expect(json.items).toEqual([
      {
        provider: 'corp',
        email: 'ada@corp.example',
        createdAt: '2026-01-01T00:00:00.000Z',
        usedAt: '2026-01-01T00:00:00.000Z',
      },
    ])
  })

  it('[ASVS 6.3.7] tells the owner by mail, and the log', async () => {
    const setup = await openSetup()
    const { app, browser } = setup
    await signUp(app, { browser })
    await linked(setup)
    await app.idle()
    expect(app.mails.at(-1)).toMatchObject({
      to: ADA.email,
      subject: 'Your account: sign-in provider linked',
    })
    expect(app.recorder.logs.map(({ event }) => event)).toContain('auth.factor_added')
  })

  it('needs no address that is verified: the session is the proof', async () => {
    const setup = await openSetup()
    await signUp(setup.app, setup)
    const answer = await linked(setup, { sub: 'p-9' } as never)
    expect(errorOf(answer)).toBeNull()
  })

  it('asks for a session', async () => {
    const { app } = await openSetup()
    const answer = await app.send('/auth/oauth/corp/link', { json: {} })
    expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated'])
  })

  it('[ASVS 7.5.1] [ASVS 7.5.3] asks for a fresh session', async () => {
    const { app, browser } = await openSetup()
    await signUp(app, { browser })
    app.clock.advance(16 * 60_000)
    for (const [path, method] of [
      ['/link', 'POST'],
      ['', 'DELETE'],
    ] as const) {
      const json = method === 'POST' ? {} : undefined
      const answer = await browser.send(`/auth/oauth/corp${path}`, { method, json })
      expect([answer.status, answer.json.code]).toEqual([401, 'insufficient_authentication'])
    }
  })

  it('is not finished in another session, of the same user or of none', async () => {
    const setup = await openSetup()
    const { app, browser, provider } = setup
    await signUp(app, { browser })
    const back = provider.consent(await departure(browser, { to: 'link' }), THEIRS)
    await browser.send('/auth/sign-in', { json: ADA })
    expect(errorOf(await browser.send(back))).toBe('invalid_token')
    const again = provider.consent(await departure(browser, { to: 'link' }), THEIRS)
    await browser.send('/auth/sign-out', { method: 'POST' })
    expect(errorOf(await browser.send(again))).toBe('invalid_token')
    expect(await app.database.system.count(identitiesOf(app))).toBe(0)
  })

  it('[ASVS 10.1.2] is not finished in the browser of a victim', async () => {
    const setup = await openSetup()
    const { app, browser, provider } = setup
    await signUp(app, { browser })
    const attacker = openBrowser(app)
    await signUp(app, { browser: attacker, account: BOB })
    const back = provider.consent(await departure(attacker, { to: 'link' }), { sub: 'evil' })
    expect(errorOf(await browser.send(back))).toBe('invalid_token')
    await departure(browser, { to: 'link' })
    expect(errorOf(await browser.send(back))).toBe('invalid_token')
    expect(await app.database.system.count(identitiesOf(app))).toBe(0)
  })

  it('does not link what another account has', async () => {
    const setup = await openSetup()
    const { app, browser, signIn: signInCorp } = setup
    await signInCorp(THEIRS, openBrowser(app))
    await signUp(app, { browser })
    expect(errorOf(await linked(setup))).toBe('already_linked')
    expect(await whoIs(browser)).toBe(ADA.email)
  })

  it('links one identity of a provider, and the same one twice for nothing', async () => {
    const setup = await openSetup()
    const { app, browser } = setup
    await signUp(app, { browser })
    expect(errorOf(await linked(setup))).toBeNull()
    expect(errorOf(await linked(setup))).toBeNull()
    expect(errorOf(await linked(setup, { ...THEIRS, sub: 'p-10' }))).toBe('already_linked')
    expect(await app.database.system.count(identitiesOf(app))).toBe(1)
    await app.idle()
    expect(app.mails.filter(({ subject }) => subject.endsWith('linked'))).toHaveLength(1)
  })

  it('leads on to where it was asked to, and back with a code when it failed', async () => {
    const { app, browser, provider } = await openSetup()
    await signUp(app, { browser })
    const url = await departure(browser, { to: 'link', returnTo: '/me' })
    expect((await browser.send(provider.consent(url, THEIRS))).headers.get('location')).toBe('/me')
    const second = await departure(browser, { to: 'link' })
    const failed = await browser.send(provider.consent(second, { ...THEIRS, sub: 'p-10' }))
    expect(failed.headers.get('location')).toBe(
      '/account/providers?error=already_linked&provider=corp',
    )
  })

  it('is open to programs, with their session', async () => {
    const { app, provider } = await openSetup()
    await signUp(app)
    const { headers } = await signIn(app)
    const { json } = await app.send('/auth/oauth/corp/link', { json: {}, headers })
    const back = provider.consent(json.url, THEIRS)
    const bound = { ...headers, 'oauth-binding': json.binding }
    expect((await app.send(back, { headers: bound })).status).toBe(204)
  })
})

describe('unlinking a provider', () => {
  it('takes the way in away, ends other sessions and tells the owner', async () => {
    const setup = await openSetup()
    const { app, browser, signIn: signInCorp } = setup
    await signUp(app, { browser })
    await linked(setup)
    const other = openBrowser(app)
    await signInCorp(THEIRS, other)
    const answer = await browser.send('/auth/oauth/corp', { method: 'DELETE' })
    expect(answer.status).toBe(204)
    expect([await whoIs(browser), await whoIs(other)]).toEqual([ADA.email, undefined])
    expect(await app.database.system.count(sessions)).toBe(1)
    await app.idle()
    expect(app.mails.at(-1)?.subject).toBe('Your account: sign-in provider unlinked')
    await signInCorp(THEIRS, other)
    expect(await whoIs(other)).toBe('ada@corp.example')
  })

  it('leaves the only way in', async () => {
    const { browser, signIn: signInCorp } = await openSetup()
    await signInCorp(THEIRS)
    const answer = await browser.send('/auth/oauth/corp', { method: 'DELETE' })
    expect([answer.status, answer.json.code]).toEqual([409, 'last_way_in'])
  })

  it('answers 404 for what is not linked', async () => {
    const { app, browser } = await openSetup()
    await signUp(app, { browser })
    const answer = await browser.send('/auth/oauth/corp', { method: 'DELETE' })
    expect([answer.status, answer.json.code]).toEqual([404, 'not_found'])
  })

  it('of two providers at once leaves one', async () => {
    const clock = { now: () => app.clock.now() }
    const [one, two] = [await openProvider(clock), await openProvider(clock)]
    const app = await openApp({
      origin: 'https://app.test',
      factors: [
        oidc({ name: 'one', issuer: one.issuer, ...CLIENT }),
        oidc({ name: 'two', issuer: two.issuer, ...CLIENT }),
      ],
    })
    const browser = openBrowser(app)
    await browser.send(one.consent(await departure(browser, { name: 'one' })))
    await browser.send(two.consent(await departure(browser, { name: 'two', to: 'link' })))
    const answers = await Promise.all(
      ['one', 'two'].map((name) => browser.send(`/auth/oauth/${name}`, { method: 'DELETE' })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
    expect((await browser.send('/auth/identities')).json.items).toHaveLength(1)
  })
})

describe('identities', () => {
  it('are listed to their owner alone', async () => {
    const setup = await openSetup()
    const { app, browser, signIn: signInCorp } = setup
    await signInCorp(THEIRS, openBrowser(app))
    await signUp(app, { browser })
    expect((await browser.send('/auth/identities')).json).toEqual({ items: [] })
    expect((await app.send('/auth/identities')).status).toBe(401)
  })

  it('are exported with their account, without tokens', async () => {
    const keys = createKeyring({ current: 'a', keys: { a: generateKey() } })
    const given = { keys, features: [account()] }
    const { browser, signIn: signInCorp, provider } = await openSetup({ tokens: true }, given)
    await signInCorp(THEIRS)
    const { status, json, text } = await browser.send('/auth/account/export')
    expect(status).toBe(200)
    const identity = { issuer: provider.issuer, subject: 'p-9', email: 'ada@corp.example' }
    expect(JSON.stringify(json)).toContain(JSON.stringify(identity).slice(1, -1))
    for (const secret of ['at-1', 'tokens']) expect(text).not.toContain(secret)
  })

  it('go with their user', async () => {
    const { app, browser, signIn: signInCorp } = await openSetup()
    await signInCorp(THEIRS)
    const { json } = await browser.send('/auth/session')
    await app.database.system.delete(users, json.user.id)
    expect(await app.database.system.count(identitiesOf(app))).toBe(0)
  })
})

describe('the tokens of a provider', () => {
  const keys = createKeyring({ current: 'a', keys: { a: generateKey() } })
  const given = { access_token: 'at-1', refresh_token: 'rt-1', scope: 'openid', expires_in: 60 }

  it('are not kept unless that was asked for', async () => {
    const { app, browser, provider, signIn: signInCorp } = await openSetup()
    provider.tokens = (honest) => ({ ...honest, ...given })
    await signInCorp(THEIRS)
    const { items } = await app.database.system.list(identitiesOf(app))
    expect(JSON.stringify(items)).not.toContain('rt-1')
    const { json } = await browser.send('/auth/session')
    const asked = { keys, user: json.user.id, provider: 'corp' }
    expect(await providerTokens(app.database.system, asked)).toBeNull()
  })

  it('[ASVS 11.3.3] are kept sealed, for the row that they are of', async () => {
    const {
      app,
      browser,
      provider,
      signIn: signInCorp,
    } = await openSetup({ tokens: true }, { keys })
    provider.tokens = (honest) => ({ ...honest, ...given })
    await signInCorp(THEIRS)
    const table = identitiesOf(app)
    const { items } = await app.database.system.list(table)
    const [row] = items as unknown as { id: string; tokens: string; user: string }[]
    for (const secret of ['at-1', 'rt-1']) expect(JSON.stringify(items)).not.toContain(secret)
    const { json } = await browser.send('/auth/session')
    const asked = { keys, user: json.user.id, provider: 'corp' }
    expect(await providerTokens(app.database.system, asked)).toEqual({
      access: 'at-1',
      refresh: 'rt-1',
      scope: 'openid',
      expiresAt: new Date(app.clock.now() + 60_000),
    })
    const other = openBrowser(app)
    await signInCorp({ ...THEIRS, sub: 'p-10', email: 'eve@corp.example' }, other)
    const eve = (await other.send('/auth/session')).json.user.id
    const stolen = { tokens: row?.tokens ?? null }
    await app.database.system.updateMany(table, { user: eve } as never, stolen as never)
    expect(await providerTokens(app.database.system, { ...asked, user: eve })).toBeNull()
  })

  it('are not kept without a keyring', async () => {
    const corp = oidc({ name: 'corp', issuer: 'https://id.example', ...CLIENT, tokens: true })
    await expect(openApp({ origin: 'https://app.test', factors: [corp] })).rejects.toThrow(
      'auth({ keys })',
    )
  })
})

function identitiesOf(app: AuthApp) {
  const table = app.description.tables.find(({ name }) => name === 'plinth_identities')
  if (!table) throw new Error('there is no table of identities')
  return table
}
