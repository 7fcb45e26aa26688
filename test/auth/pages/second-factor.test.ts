import { password, recoveryCodes, rememberedDevices, totp } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, MAILING } from '../app.ts'
import { codeAt } from '../totp/authenticator.ts'
import { modulesOf, readQrCode } from './qr-reader.ts'
import { attribute, openReader, openSignedIn, type Reader, textOf } from './visitor.ts'

const GIVEN = {
  ...MAILING,
  factors: [password(), totp({ issuer: 'Shop' }), recoveryCodes()],
  features: [rememberedDevices()],
}

/** Somebody whose authenticator app is enrolled through the page. */
async function enrolled() {
  const { app, reader } = await openSignedIn(GIVEN)
  await reader.open('/account/second-factor')
  await reader.submit('Add an authenticator app')
  const secret = secretOn(reader)
  await reader.submit('Confirm the app', { code: codeAt(secret, app.clock.now()) })
  app.clock.advance(30_000)
  return { app, reader, secret }
}

function secretOn({ page }: Reader): string {
  const input = /<input type="hidden" name="secret"[^>]*>/.exec(page.html)?.[0] ?? ''
  return attribute(input, 'value') ?? ''
}

async function half(app: AuthApp, returnTo = '/account'): Promise<Reader> {
  const reader = openReader(app)
  await reader.open(`/sign-in?returnTo=${returnTo}`)
  await reader.submit('Sign in', ADA)
  return reader
}

describe('the page of second factors', () => {
  it('shows the seed once, as text and as a picture', async () => {
    const { app, reader } = await openSignedIn(GIVEN)
    await reader.open('/account/second-factor')
    await reader.submit('Add an authenticator app')
    const secret = secretOn(reader)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(reader.page.html).toContain('<svg class="qr" role="img"')
    expect(reader.page.html).toContain(
      `href="otpauth://totp/Shop:ada%40example.com?secret=${secret}`,
    )
    const uri = `otpauth://totp/Shop:ada%40example.com?secret=${secret}&issuer=Shop`
    expect(readQrCode(modulesOf(reader.page.html))).toContain(uri)
    const wrong = await reader.submit('Confirm the app', { code: '12' })
    expect(wrong.status).toBe(422)
    expect(secretOn(reader)).toBe(secret)
    await reader.submit('Confirm the app', { code: codeAt(secret, app.clock.now()) })
    expect(textOf(reader.page.html)).toContain('The authenticator app is added.')
    expect(reader.page.html).not.toContain(secret)
  })

  it('shows recovery codes once', async () => {
    const { reader } = await enrolled()
    await reader.open('/account/second-factor')
    await reader.submit('Make recovery codes')
    expect(reader.page.html.match(/<li>[\w-]+<\/li>/g)).toHaveLength(10)
    await reader.open('/account/second-factor')
    expect(textOf(reader.page.html)).toContain('You have 10 left.')
  })

  it('lists known devices and forgets them', async () => {
    const { reader } = await enrolled()
    await reader.open('/account/second-factor')
    expect(textOf(reader.page.html)).toContain('This device')
    await reader.submit('Forget: Unknown device')
    expect(textOf(reader.page.html)).toContain('The device asks for the second factor again.')
  })

  it('asks to sign in again when that was long ago', async () => {
    const { app, reader, secret } = await enrolled()
    app.clock.advance(60 * 60_000)
    await reader.open('/account/second-factor')
    await reader.submit('Remove the authenticator app')
    expect(reader.at).toBe('/sign-in?again=yes&returnTo=%2Faccount%2Fsecond-factor')
    expect(textOf(reader.page.html)).toContain('Sign in again to go on with this.')
    await reader.submit('Sign in', ADA)
    expect(reader.at).toBe('/sign-in/second-factor?returnTo=%2Faccount%2Fsecond-factor')
    await reader.submit('Go on', { code: codeAt(secret, app.clock.now()) })
    expect(reader.at).toBe('/account/second-factor')
    await reader.submit('Remove the authenticator app')
    expect(textOf(reader.page.html)).toContain('The authenticator app is removed.')
  })
})

describe('signing in with a second factor', () => {
  it('[ASVS 6.3.3] opens no session before it is shown', async () => {
    const { app, secret } = await enrolled()
    const reader = await half(app)
    expect(reader.at).toBe('/sign-in/second-factor?returnTo=%2Faccount')
    expect(reader.cookies.has('__Host-session')).toBe(false)
    expect((await reader.submit('Go on', { code: '000000' })).status).toBe(401)
    expect(reader.page.html).toContain('autocomplete="one-time-code"')
    await reader.submit('Go on', { code: codeAt(secret, app.clock.now()) })
    expect(reader.at).toBe('/account')
  })

  it('takes a recovery code in its place', async () => {
    const { app, reader } = await enrolled()
    await reader.open('/account/second-factor')
    await reader.submit('Make recovery codes')
    const code = /<li>([\w-]+)<\/li>/.exec(reader.page.html)?.[1] ?? ''
    const other = await half(app)
    expect((await other.submit('Use the recovery code', { code: 'none' })).status).toBe(401)
    expect(other.page.html).toContain('<details open>')
    await other.submit('Use the recovery code', { code })
    expect(other.at).toBe('/account')
  })

  it('is not asked for where the device is remembered', async () => {
    const { app, secret } = await enrolled()
    const reader = await half(app)
    await reader.submit('Go on', { code: codeAt(secret, app.clock.now()), remember: 'yes' })
    await reader.open('/account')
    await reader.submit('Sign out')
    await reader.open('/sign-in?returnTo=/account')
    await reader.submit('Sign in', ADA)
    expect(reader.at).toBe('/account')
  })

  it('begins anew when it took too long', async () => {
    const { app, secret } = await enrolled()
    const reader = await half(app)
    app.clock.advance(11 * 60_000)
    await reader.submit('Go on', { code: codeAt(secret, app.clock.now()) })
    expect(reader.at).toBe('/sign-in?done=expired&returnTo=%2Faccount')
    expect(textOf(reader.page.html)).toContain('That took too long.')
  })
})
