import { sessions, users } from 'plinth/auth'
import { oidc } from 'plinth/auth/oauth'
import { describe, expect, it } from 'vitest'
import { openBrowser } from '../app.ts'
import { databases } from '../on-databases.ts'
import { CLIENT, openProvider } from './fake-provider.ts'
import { departure, errorOf, openSetup, signUp, whoIs } from './setup.ts'

const ADA = { sub: 'p-1', email: 'ada@example.com', email_verified: true }
const ACCOUNT = { email: '', password: 'correct horse battery' }
const many = { attempts: 1000, window: 60_000 }
const limits = { account: many, address: many, global: many }

describe.each(databases)('sign-in with a provider on $name', ({ source }) => {
  it('[family 13] opens one session when an answer comes many times at once', async () => {
    const { app, browser, begin } = await openSetup({}, { limits, source: await source() })
    const back = await begin(ADA)
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.send(back)))
    expect(answers.map(errorOf).filter((error) => error === null)).toHaveLength(1)
    expect(await app.database.system.count(sessions)).toBe(1)
  })

  it('makes one account when a person comes ten times at once', async () => {
    const { app, begin } = await openSetup({}, { limits, source: await source() })
    const browsers = Array.from({ length: 10 }, () => openBrowser(app))
    const backs = await Promise.all(browsers.map((browser) => begin(ADA, browser)))
    const answers = await Promise.all(browsers.map((browser, at) => browser.send(backs[at] ?? '')))
    expect(answers.map(errorOf)).toEqual(answers.map(() => null))
    expect(await app.database.system.count(users)).toBe(1)
    expect(await app.database.system.count(sessions)).toBe(10)
  })

  it('[ASVS 10.5.2] tells issuers and subjects apart to the letter', async () => {
    const { app, signIn } = await openSetup({}, { limits, source: await source() })
    const subjects = ['p', 'P', 'p ', 'x'.repeat(255), `${'x'.repeat(254)}X`]
    for (const [at, sub] of subjects.entries()) {
      const email = `p${at}@example.com`
      const browser = openBrowser(app)
      expect(errorOf(await signIn({ sub, email, email_verified: true }, browser))).toBeNull()
      expect(await whoIs(browser)).toBe(email)
    }
    expect(await app.database.system.count(users)).toBe(subjects.length)
  })

  it('leaves one way in of two that are taken away at once', async () => {
    const other = await openProvider({ now: () => app.clock.now() })
    const two = oidc({ name: 'two', issuer: other.issuer, ...CLIENT })
    const { app, provider } = await openSetup({}, { limits, more: [two], source: await source() })
    const browser = openBrowser(app)
    await browser.send(provider.consent(await departure(browser), ADA))
    await browser.send(other.consent(await departure(browser, { name: 'two', to: 'link' }), ADA))
    const answers = await Promise.all(
      ['corp', 'two'].map((name) => browser.send(`/auth/oauth/${name}`, { method: 'DELETE' })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
    expect((await browser.send('/auth/identities')).json.items).toHaveLength(1)
  })

  it('leaves no session of an identity that is unlinked while it signs in', async () => {
    const { app, browser, begin, provider } = await openSetup(
      {},
      { limits, source: await source() },
    )
    await signUp(app, { browser, account: { ...ACCOUNT, email: ADA.email } })
    await browser.send(provider.consent(await departure(browser, { to: 'link' }), ADA))
    const others = Array.from({ length: 8 }, () => openBrowser(app))
    const backs = await Promise.all(others.map((other) => begin(ADA, other)))
    const [unlinked, ...answers] = await Promise.all([
      browser.send('/auth/oauth/corp', { method: 'DELETE' }),
      ...others.map((other, at) => other.send(backs[at] ?? '')),
    ])
    expect(unlinked?.status).toBe(204)
    for (const answer of answers) expect([null, 'account_exists']).toContain(errorOf(answer))
    expect(await app.database.system.count(sessions)).toBe(1)
    expect(await whoIs(browser)).toBe(ADA.email)
  })

  it('links an identity to one account when two ask for it at once', async () => {
    const { app, provider } = await openSetup({}, { limits, source: await source() })
    const browsers = [openBrowser(app), openBrowser(app)]
    const backs = await Promise.all(
      browsers.map(async (browser, at) => {
        await signUp(app, { browser, account: { ...ACCOUNT, email: `p${at}@example.com` } })
        return provider.consent(await departure(browser, { to: 'link' }), { sub: 'shared' })
      }),
    )
    const answers = await Promise.all(browsers.map((browser, at) => browser.send(backs[at] ?? '')))
    expect(new Set(answers.map(errorOf))).toEqual(new Set([null, 'already_linked']))
  })
})
