import { describe, expect, it } from 'vitest'
import { ADA, BOB } from '../app.ts'
import { openPages, openReader, openSignedIn, textOf } from './visitor.ts'

describe('signing up and in by pages', () => {
  it('leads a newcomer from sign-up to the account', async () => {
    const reader = openReader(await openPages())
    await reader.open('/sign-up?returnTo=/account')
    await reader.submit('Create the account', { ...ADA, name: 'Ada' })
    expect(reader.at).toBe('/sign-in?done=signed-up&returnTo=%2Faccount')
    expect(textOf(reader.page.html)).toContain('Your account is ready. Sign in.')
    await reader.submit('Sign in', ADA)
    expect(reader.at).toBe('/account')
    expect(textOf(reader.page.html)).toContain('ada@example.com')
  })

  it('says what is wrong beside the fields it is about', async () => {
    const reader = openReader(await openPages())
    await reader.open('/sign-up')
    const values = { email: 'nobody', password: 'password', name: '<b>"Ada"' }
    const { status, html } = await reader.submit('Create the account', values)
    expect(status).toBe(422)
    expect(html).toContain('id="account-email-error">Write an e-mail address')
    expect(html).toContain('aria-describedby="account-email-error" aria-invalid="true"')
    expect(html).toContain('role="alert" tabindex="-1" autofocus')
    expect(html).toContain('<a href="#account-email">')
    expect(html).toContain('value="nobody"')
    expect(html).toContain('value="&#60;b&#62;&#34;Ada&#34;"')
    expect(html).not.toContain('value="password"')
  })

  it('refuses a wrong password without telling which was wrong', async () => {
    const app = await openPages()
    await app.send('/auth/sign-up', { json: ADA })
    const reader = openReader(app)
    await reader.open('/sign-in')
    const known = await reader.submit('Sign in', { ...ADA, password: 'another one' })
    expect(known.status).toBe(401)
    await reader.open('/sign-in')
    const unknown = await reader.submit('Sign in', { ...ADA, email: 'ade@example.com' })
    expect(unknown.html.replaceAll('ade@', 'ada@')).toBe(known.html)
    expect(reader.cookies.has('__Host-session')).toBe(false)
  })

  it('[ASVS 6.3.1] holds to the limits of sign-in', async () => {
    const app = await openPages({ limits: { account: { attempts: 2, window: 60_000 } } })
    const reader = openReader(app)
    await reader.open('/sign-in')
    for (const status of [401, 401, 429, 429]) {
      expect((await reader.submit('Sign in', ADA)).status).toBe(status)
    }
    expect(reader.page.headers.get('retry-after')).toBe('60')
    const json = await app.send('/auth/sign-in', { json: ADA })
    expect(json.status).toBe(429)
  })

  it('asks for what was left empty', async () => {
    const reader = openReader(await openPages())
    await reader.open('/sign-in')
    const { status, html } = await reader.submit('Sign in', { email: '', password: '' })
    expect(status).toBe(422)
    expect(html.match(/class="error"[^>]*>Fill this in\./g)).toHaveLength(2)
  })
})

describe('the pages of an account', () => {
  it('lead strangers to sign-in and back', async () => {
    const app = await openPages()
    await app.send('/auth/sign-up', { json: ADA })
    const reader = openReader(app)
    await reader.open('/account/sessions')
    expect(reader.at).toBe('/sign-in?returnTo=%2Faccount%2Fsessions')
    await reader.submit('Sign in', ADA)
    expect(reader.at).toBe('/account/sessions')
  })

  it('change the password', async () => {
    const { app, reader } = await openSignedIn()
    await reader.open('/account/password')
    const wrong = { current: 'another one', password: BOB.password }
    expect((await reader.submit('Change the password', wrong)).status).toBe(401)
    await reader.submit('Change the password', { current: ADA.password, password: BOB.password })
    expect(textOf(reader.page.html)).toContain('Your password is changed.')
    expect((await reader.open('/account')).html).toContain(ADA.email)
    const old = await app.send('/auth/sign-in', { json: ADA })
    expect(old.status).toBe(401)
  })

  it('list sessions, and end one or all others', async () => {
    const { app, reader } = await openSignedIn()
    const others = [openReader(app), openReader(app)]
    for (const other of others) {
      await other.open('/sign-in')
      await other.submit('Sign in', ADA)
    }
    await reader.open('/account/sessions')
    expect(reader.page.html.match(/<time /g)).toHaveLength(6)
    expect(reader.page.html.match(/This device/g)).toHaveLength(1)
    await reader.submit('End: Unknown device')
    expect(reader.page.html.match(/<time /g)).toHaveLength(4)
    await reader.submit('End all other sessions')
    expect(reader.page.html.match(/<time /g)).toHaveLength(2)
    for (const other of others) {
      await other.open('/account')
      expect(other.at).toContain('/sign-in')
    }
  })

  it('sign out, and take the cookie back', async () => {
    const { reader } = await openSignedIn()
    await reader.open('/account')
    await reader.submit('Sign out')
    expect(reader.at).toBe('/sign-in?done=signed-out')
    expect(reader.cookies.has('__Host-session')).toBe(false)
  })

  it('greet at sign-in whoever is signed in', async () => {
    const { reader } = await openSignedIn()
    await reader.open('/sign-in?returnTo=/account')
    expect(textOf(reader.page.html)).toContain('You are signed in as ada@example.com')
    expect(reader.page.html).toContain('href="/account"')
  })
})
