import { auth, magicLink, password, sessions, totp, users } from 'plinth/auth'
import { oidc } from 'plinth/auth/oauth'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, linkedToken, openBrowser, signIn } from '../app.ts'
import { codeAt } from '../totp/authenticator.ts'
import { CLIENT } from './fake-provider.ts'
import { departure, errorOf, openSetup, signUp, whoIs } from './setup.ts'

const MINE = { sub: 'p-1', email: ADA.email, email_verified: true }

/** An account of Ada's whose address she has proved to read. */
async function enterVerified(app: AuthApp) {
  await signUp(app)
  return signIn(app)
}

/** An account with Ada's address whose password somebody else has set, before she ever came. */
async function preregister(app: AuthApp) {
  const { user } = await enterVerified(app)
  await app.database.system.update(users, user.id, { emailVerifiedAt: null })
  return signIn(app)
}

describe('an identity', () => {
  it('[ASVS 10.3.3] [ASVS 10.5.2] opens its account whatever the address becomes', async () => {
    const { app, browser, signIn } = await openSetup()
    await signIn(MINE)
    const again = openBrowser(app)
    await signIn({ sub: 'p-1', email: 'other@example.com', email_verified: true }, again)
    expect(await whoIs(again)).toBe(ADA.email)
    await signIn({ sub: 'p-1' }, again)
    expect(await whoIs(again)).toBe(ADA.email)
    expect(await whoIs(browser)).toBe(ADA.email)
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('[ASVS 10.5.2] tells subjects apart that differ in case', async () => {
    const { app, signIn } = await openSetup()
    await signIn(MINE)
    const other = openBrowser(app)
    expect(errorOf(await signIn({ ...MINE, sub: 'P-1' }, other))).toBe('account_exists')
  })

  it('[ASVS 6.8.1] with the address of another account opens nothing', async () => {
    const { app, browser, signIn } = await openSetup()
    await enterVerified(app)
    expect(errorOf(await signIn(MINE))).toBe('account_exists')
    expect(await whoIs(browser)).toBeUndefined()
    expect(await app.database.system.count(sessions)).toBe(2)
  })

  it('with an address that is spelled another way opens nothing either', async () => {
    const { app, signIn } = await openSetup()
    await enterVerified(app)
    const spelled = { ...MINE, email: ' ADA@EXAMPLE.COM ' }
    expect(errorOf(await signIn(spelled))).toBe('account_exists')
  })

  it.each([
    ['an address that is not verified', { ...MINE, email_verified: false }],
    ['an address of which nothing is said', { sub: 'p-1', email: ADA.email }],
    ['a flag that is not true', { ...MINE, email_verified: 1 }],
    ['a flag of text that is not true', { ...MINE, email_verified: 'yes' }],
    ['no address', { sub: 'p-1', email_verified: true }],
    ['two addresses in one', { ...MINE, email: 'ada@example.com,eve@example.com' }],
    ['an address of another type', { ...MINE, email: ['ada@example.com'] }],
    ['an address that is none', { ...MINE, email: 'ada' }],
  ])('with %s makes no account', async (_, person) => {
    const { app, signIn } = await openSetup()
    expect(errorOf(await signIn(person))).toBe('email_unverified')
    expect(await app.database.system.count(users)).toBe(0)
  })

  it('makes accounts of any address for a provider that is trusted so far', async () => {
    const { browser, signIn } = await openSetup({ trustEmails: true })
    await signIn({ sub: 'p-1', email: ADA.email })
    expect(await whoIs(browser)).toBe(ADA.email)
  })

  it('makes no account where only those who have linked it may come in', async () => {
    const setup = await openSetup({ signUp: false, authoritativeFor: ['example.com'] })
    const { app, provider, signIn } = setup
    expect(errorOf(await signIn(MINE))).toBe('no_account')
    expect(await app.database.system.count(users)).toBe(0)
    await signUp(app)
    expect(errorOf(await signIn(MINE))).toBe('account_exists')
    const browser = openBrowser(app)
    await browser.send('/auth/sign-in', { json: ADA })
    await browser.send(provider.consent(await departure(browser, { to: 'link' }), MINE))
    const other = openBrowser(app)
    await signIn(MINE, other)
    expect(await whoIs(other)).toBe(ADA.email)
  })

  it('keeps a name that can be shown and drops what cannot', async () => {
    const { app, signIn } = await openSetup()
    const names = ['  Ada\u0301 ', 'A\u0000da', '', 7, 'x'.repeat(201), '\ud800']
    for (const [at, name] of names.entries()) {
      const person = { sub: `p-${at}`, email: `p${at}@example.com`, email_verified: true, name }
      await signIn(person, openBrowser(app))
    }
    const { items } = await app.database.system.list(users, { orderBy: { email: 'asc' } })
    expect(items.map(({ name }) => name)).toEqual(['Ad\u00e1', null, null, null, null, null])
  })
})

describe('[family 12] an account that nobody has proved to own', () => {
  it('is not taken over by an address that a provider has only verified', async () => {
    const { app, browser, signIn: signInCorp } = await openSetup()
    await preregister(app)
    expect(errorOf(await signInCorp(MINE))).toBe('account_exists')
    expect(await whoIs(browser)).toBeUndefined()
  })

  it('[ASVS 6.8.1] goes to its owner alone, by the provider that hands the address out', async () => {
    const {
      app,
      browser,
      signIn: signInCorp,
    } = await openSetup({ authoritativeFor: ['example.com'] })
    const attacker = await preregister(app)
    expect(errorOf(await signInCorp(MINE))).toBeNull()
    expect(await whoIs(browser)).toBe(ADA.email)
    expect((await app.send('/auth/session', { headers: attacker.headers })).status).toBe(401)
    expect((await signIn(app)).answer.status).toBe(401)
    expect(await app.database.system.count(sessions)).toBe(1)
    await app.idle()
    expect(app.mails.at(-1)?.subject).toBe('Your account: sign-in provider linked')
  })

  it('drops an identity that somebody else had linked to it', async () => {
    const {
      app,
      provider,
      signIn: signInCorp,
    } = await openSetup({ authoritativeFor: ['example.com'] })
    const attacker = openBrowser(app)
    const { user } = await enterVerified(app)
    await app.database.system.update(users, user.id, { emailVerifiedAt: null })
    await attacker.send('/auth/sign-in', { json: ADA })
    const url = await departure(attacker, { to: 'link' })
    await attacker.send(provider.consent(url, { sub: 'evil', email: 'eve@evil.example' }))
    expect(errorOf(await signInCorp(MINE))).toBeNull()
    const back = openBrowser(app)
    const evil = { sub: 'evil', email: 'eve@evil.example', email_verified: true }
    await signInCorp(evil, back)
    expect(await whoIs(back)).toBe('eve@evil.example')
    expect(await whoIs(attacker)).toBeUndefined()
  })

  it('is not told from one of its owner once the address is proved', async () => {
    const { app, signIn: signInCorp } = await openSetup({ authoritativeFor: ['example.com'] })
    await enterVerified(app)
    expect(errorOf(await signInCorp(MINE))).toBe('account_exists')
  })

  it('stays as it is for a provider of a domain that only ends like its own', async () => {
    const { app, signIn: signInCorp } = await openSetup({ authoritativeFor: ['ample.com'] })
    await preregister(app)
    expect(errorOf(await signInCorp(MINE))).toBe('account_exists')
  })
})

describe('a sign-in with a provider', () => {
  it('[family 11] [ASVS 6.3.3] [ASVS 6.8.4] asks for the second factor whatever the provider says of its own', async () => {
    const { app, browser, provider } = await openSetup({}, { more: [totp()] })
    await browser.send(provider.consent(await departure(browser), MINE))
    const begun = await browser.send('/auth/totp', { json: undefined, method: 'POST' })
    const { secret } = begun.json
    const code = codeAt(secret, app.clock.now())
    expect((await browser.send('/auth/totp/confirm', { json: { code } })).status).toBeLessThan(300)
    app.clock.advance(30_000)

    const other = openBrowser(app)
    const url = await departure(other, { returnTo: '/orders?page=2' })
    const person = { ...MINE, amr: ['mfa', 'otp'], acr: 'phr' }
    const answer = await other.send(provider.consent(url, person))
    expect(answer.headers.get('location')).toBe(
      '/sign-in/second-factor?returnTo=%2Forders%3Fpage%3D2',
    )
    expect(await whoIs(other)).toBeUndefined()
    const next = codeAt(secret, app.clock.now())
    expect((await other.send('/auth/totp/verify', { json: { code: next } })).status).toBe(200)
    expect(await whoIs(other)).toBe(ADA.email)
    const [session] = (
      await app.database.system.list(sessions, {
        where: { assurance: 2 },
        orderBy: { createdAt: 'desc' },
      })
    ).items
    expect(session?.methods).toEqual(['oidc:corp', 'totp'])
  })

  it('[ASVS 7.4.2] does not let in who is banned', async () => {
    const { app, browser, signIn } = await openSetup()
    await signIn(MINE)
    const user = await app.database.system.first(users)
    const bannedUntil = new Date(app.clock.now() + 1000)
    await app.database.system.update(users, user?.id ?? '', { bannedUntil })
    const other = openBrowser(app)
    expect(errorOf(await signIn(MINE, other))).toBe('banned')
    expect([await whoIs(other), await whoIs(browser)]).toEqual([undefined, undefined])
  })

  it('[ASVS 7.2.4] ends the session that the browser had', async () => {
    const { app, browser, signIn } = await openSetup()
    await signIn(MINE)
    const before = browser.cookies.get('__Host-session') ?? ''
    await signIn(MINE)
    const headers = { authorization: `Bearer ${before}` }
    expect((await app.send('/auth/session', { headers })).status).toBe(401)
    expect(await app.database.system.count(sessions)).toBe(1)
  })

  it('makes one account of an address, however many come at once', async () => {
    const { app, begin } = await openSetup()
    const browsers = Array.from({ length: 10 }, () => openBrowser(app))
    const backs = await Promise.all(browsers.map((browser) => begin(MINE, browser)))
    const answers = await Promise.all(browsers.map((browser, at) => browser.send(backs[at] ?? '')))
    for (const answer of answers) expect([null, 'account_exists']).toContain(errorOf(answer))
    expect(answers.filter((answer) => errorOf(answer) === null)).toHaveLength(10)
    expect(await app.database.system.count(users)).toBe(1)
  })

  it('[ASVS 16.3.1] is told to the log with its method, and so is what failed', async () => {
    const { app, signIn } = await openSetup()
    await signIn(MINE)
    await signIn({ sub: 'p-2' })
    const events = app.recorder.logs.flatMap(({ event, attributes }) =>
      event?.startsWith('auth.') ? [[event, attributes?.['plinth.auth.reason']]] : [],
    )
    expect(events).toEqual([
      ['auth.sign_up', 'oidc:corp'],
      ['auth.sign_in', 'oidc:corp'],
      ['auth.sign_in_failed', 'email_unverified'],
    ])
  })

  it('works beside other ways in to the same account', async () => {
    const { app, signIn: signInCorp } = await openSetup({}, { more: [magicLink()] })
    await signInCorp(MINE)
    await app.send('/auth/magic-link', { json: { email: ADA.email } })
    expect(await linkedToken(app, ADA.email)).toMatch(/^[\w-]{43}$/)
  })

  it('[ASVS 6.8.4] asks the provider how long ago, and holds it to that', async () => {
    const setup = await openSetup({ maxAge: 300 })
    const { app, provider, browser, signIn: signInCorp } = setup
    const now = () => Math.floor(app.clock.now() / 1000)
    expect(new URL(await departure(browser)).searchParams.get('max_age')).toBe('300')
    for (const auth_time of [undefined, now() - 3600, 'now', null]) {
      provider.claims = (claims) => ({ ...claims, auth_time })
      expect([auth_time, errorOf(await signInCorp(MINE))]).toEqual([auth_time, 'provider_failed'])
    }
    provider.claims = (claims) => ({ ...claims, auth_time: now() - 60 })
    expect(errorOf(await signInCorp(MINE))).toBeNull()
  })

  it('is refused to start without an origin, or with a name that is taken', async () => {
    const corp = () => oidc({ name: 'corp', issuer: 'https://id.example', ...CLIENT })
    expect(() => auth({ factors: [corp()] })).toThrow('auth({ origin })')
    const origin = 'https://app.test'
    expect(() => auth({ factors: [corp(), corp()], origin })).toThrow('"corp" comes twice')
    const named = oidc({ name: 'password', issuer: 'https://id.example', ...CLIENT })
    expect(() => auth({ factors: [password(), named], origin })).toThrow('comes twice')
  })
})
