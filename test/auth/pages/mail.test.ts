import { emailChange, magicLink, password } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, BOB, MAILING } from '../app.ts'
import { linkIn, openPages, openReader, openSignedIn, textOf } from './visitor.ts'

async function openMailing() {
  const app = await openPages(MAILING)
  const reader = openReader(app)
  return { app, reader }
}

async function signUp() {
  const { app, reader } = await openMailing()
  await reader.open('/sign-up')
  await reader.submit('Create the account', ADA)
  return { app, reader, link: await linkIn(app, ADA.email) }
}

describe('the link of a sign-up', () => {
  it('is spent by the button of its page, and not by opening it', async () => {
    const { reader, link } = await signUp()
    expect(textOf(reader.page.html)).toContain('Look into your mail')
    expect(link).toMatch(/^\/sign-up\/confirm\?token=/)
    for (let times = 0; times < 3; times++) expect((await reader.open(link)).status).toBe(200)
    await reader.submit('Confirm the address and sign in')
    expect(reader.at).toBe('/')
    await reader.open('/account')
    expect(textOf(reader.page.html)).toContain(ADA.email)
  })

  it('asks for the password in another browser', async () => {
    const { app, link } = await signUp()
    const other = openReader(app)
    await other.open(link)
    await other.submit('Confirm the address and sign in')
    expect(textOf(other.page.html)).toContain('You signed up in another browser.')
    const wrong = await other.submit('Confirm the address and sign in', { password: 'a wrong one' })
    expect(wrong.status).toBe(401)
    await other.submit('Confirm the address and sign in', { password: ADA.password })
    expect((await other.open('/account')).html).toContain(ADA.email)
  })

  it('opens nothing once it is spent', async () => {
    const { app, reader, link } = await signUp()
    await reader.open(link)
    await reader.submit('Confirm the address and sign in')
    const other = openReader(app)
    await other.open(link)
    const again = await other.submit('Confirm the address and sign in')
    expect(again.status).toBe(400)
    expect(textOf(again.html)).toContain('This link is wrong or no longer good.')
  })

  it('is asked for anew when it is not complete', async () => {
    const { reader } = await openMailing()
    await reader.open('/sign-up/confirm')
    expect(reader.page.html).toContain('<a href="/sign-up">Ask for another</a>')
  })
})

describe('the link of a reset', () => {
  it('sets a new password and signs in', async () => {
    const { app, reader, link } = await signUp()
    await reader.open(link)
    await reader.submit('Confirm the address and sign in')
    const other = openReader(app)
    await other.open('/sign-in')
    await other.open('/reset')
    await other.submit('Send a link', { email: ADA.email })
    expect(textOf(other.page.html)).toContain('If there is an account with this address')
    await other.open(await linkIn(app, ADA.email))
    const weak = await other.submit('Set the password and sign in', { password: 'password' })
    expect(weak.status).toBe(422)
    expect(weak.html).toContain('id="password-password-error"')
    await other.submit('Set the password and sign in', { password: BOB.password })
    expect((await other.open('/account')).html).toContain(ADA.email)
    await reader.open('/account')
    expect(reader.at).toBe('/sign-in?returnTo=%2Faccount')
  })

  it('[ASVS 6.3.8] is promised alike to known and unknown addresses', async () => {
    const { app, reader, link } = await signUp()
    await reader.open(link)
    await reader.submit('Confirm the address and sign in')
    const pages = []
    for (const email of [ADA.email, BOB.email]) {
      const other = openReader(app)
      await other.open('/reset')
      pages.push(await other.submit('Send a link', { email }))
    }
    expect(pages[0]?.html).toBe(pages[1]?.html)
  })

  it('puts no hostile token into its page but as text', async () => {
    const { reader } = await openMailing()
    const hostile = encodeURIComponent('"><script>alert(1)</script>')
    const { html } = await reader.open(`/reset/confirm?token=${hostile}`)
    expect(html).not.toContain('<script>alert')
    expect((await reader.submit('Set the password and sign in', BOB)).status).toBe(400)
    expect(reader.page.html).toContain('<a href="/reset">Ask for another</a>')
  })
})

describe('a magic link', () => {
  it('is asked for and spent by buttons', async () => {
    const app = await openPages({ ...MAILING, factors: [magicLink()] })
    const reader = openReader(app)
    await reader.open('/sign-in')
    expect(reader.page.html).toContain('<a href="/sign-in/link">')
    expect(reader.page.html).not.toContain('type="password"')
    await reader.open('/sign-in/link')
    await reader.submit('Send a link', { email: ADA.email })
    expect(textOf(reader.page.html)).toContain('a link is on its way to it')
    const link = await linkIn(app, ADA.email)
    for (let times = 0; times < 2; times++) expect((await reader.open(link)).status).toBe(200)
    await reader.submit('Sign in')
    expect((await reader.open('/account')).html).toContain(ADA.email)
    const other = openReader(app)
    await other.open(link)
    expect((await other.submit('Sign in')).status).toBe(400)
    expect(other.page.html).toContain('Ask for another')
  })
})

describe('the link to a new address', () => {
  it('changes it in the session of its owner', async () => {
    const given = { ...MAILING, factors: [password()], features: [emailChange()] }
    const { app, reader } = await openSignedIn(given)
    await reader.open('/account/email')
    await reader.submit('Send a link', { email: 'nobody' })
    expect(reader.page.html).toContain('id="change-email-error"')
    await reader.submit('Send a link', { email: BOB.email })
    expect(textOf(reader.page.html)).toContain('Look into the mail of the new address')
    const link = await linkIn(app, BOB.email)
    const stranger = openReader(app)
    await stranger.open(link)
    expect(stranger.at).toContain('/sign-in?returnTo=')
    await reader.open(link)
    await reader.submit('Use this address')
    expect(textOf(reader.page.html)).toContain(BOB.email)
  })
})
