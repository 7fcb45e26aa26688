import { account, apiKeys, emailCode, password, smsCode } from 'plinth/auth'
import { oidc } from 'plinth/auth/oauth'
import { defineOperation } from 'plinth/http'
import { describe, expect, it } from 'vitest'
import { ADA, MAILING, sentCode } from '../app.ts'
import { CLIENT, openProvider } from '../oauth/fake-provider.ts'
import { attribute, openPages, openReader, openSignedIn, textOf } from './visitor.ts'

const NUMBER = '+4930123456'

describe('codes', () => {
  it('sign in by mail', async () => {
    const app = await openPages({ ...MAILING, factors: [emailCode()] })
    const reader = openReader(app)
    await reader.open('/sign-in/code?returnTo=/account')
    await reader.submit('Send a code', { email: ADA.email })
    expect((await reader.submit('Sign in', { code: '1' })).status).toBe(422)
    await reader.submit('Sign in', { code: await sentCode(app, ADA.email) })
    expect(reader.at).toBe('/account')
  })

  it('sign in by a number that was added', async () => {
    const given = { ...MAILING, factors: [password(), smsCode()] }
    const { app, reader } = await openSignedIn(given)
    await reader.open('/account/phone')
    await reader.submit('Add the number', { number: '030' })
    expect(reader.page.html).toContain('id="add-number-error"')
    await reader.submit('Add the number', { number: NUMBER })
    await reader.submit('Confirm the number', { code: await sentCode(app, NUMBER) })
    expect(textOf(reader.page.html)).toContain(NUMBER)
    const other = openReader(app)
    await other.open('/sign-in/code')
    await other.submit('Send a code', { number: NUMBER })
    await other.submit('Sign in', { code: await sentCode(app, NUMBER) })
    expect((await other.open('/account')).html).toContain(ADA.email)
    await reader.submit(`Remove: ${NUMBER}`)
    expect(textOf(reader.page.html)).not.toContain(NUMBER)
  })
})

/** Opens an app with a provider called `corp`, on whose clock it is. */
async function openCorp() {
  const provider = await openProvider({ now: () => Date.now() })
  const corp = oidc({ name: 'corp', issuer: provider.issuer, ...CLIENT })
  const { app, reader } = await openSignedIn({ ...MAILING, factors: [password(), corp] })
  app.clock.set(new Date().toISOString())
  await reader.open('/sign-in')
  return { app, reader, provider }
}

/** Where a page leads on to. */
function onwardFrom(html: string): string {
  const meta = /<meta http-equiv="refresh"[^>]*>/.exec(html)?.[0] ?? ''
  return (attribute(meta, 'content') ?? '').replace('0; url=', '')
}

describe('sign-in providers', () => {
  it('are linked by a button, sign in, and are unlinked', async () => {
    const { app, provider } = await openCorp()
    const reader = openReader(app)
    await reader.open('/account/providers')
    await reader.submit('Sign in', ADA)
    const { html, status, headers } = await reader.submit('Link: Corp')
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain("form-action 'self'")
    await reader.open(provider.consent(onwardFrom(html)))
    expect(textOf(reader.page.html)).toContain('The provider is linked.')
    const other = openReader(app)
    await other.open('/sign-in?returnTo=/account')
    const onward = onwardFrom((await other.submit('Sign in with Corp')).html)
    await other.open(provider.consent(onward))
    expect(other.at).toBe('/account')
    await reader.open('/account/providers')
    await reader.submit('Unlink: Corp')
    expect(textOf(reader.page.html)).toContain('The provider is no longer linked.')
  })

  it('lead back with words of ours alone', async () => {
    const app = await openPages({ ...MAILING, factors: [password()] })
    const reader = openReader(app)
    await reader.open('/sign-in?error=account_exists&provider=corp')
    expect(textOf(reader.page.html)).toContain('There is an account with this e-mail address.')
    await reader.open('/sign-in?error=%3Cb%3EPay%20here&provider=corp')
    expect(textOf(reader.page.html)).toContain('That did not work.')
    expect(reader.page.html).not.toContain('Pay here')
  })
})

describe('API keys', () => {
  const who = defineOperation()({
    method: 'GET',
    path: '/who',
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  })

  it('are shown once, listed and revoked', async () => {
    const given = { factors: [password()], features: [apiKeys()] }
    const { app, reader } = await openSignedIn(given, { operations: { who } })
    await reader.open('/account/keys')
    await reader.submit('Make a key', { name: 'Build <server>' })
    const key = /<code class="seed">([^<]+)</.exec(reader.page.html)?.[1] ?? ''
    const headers = { authorization: `Bearer ${key}` }
    expect((await app.send('/who', { headers })).status).toBe(204)
    await reader.open('/account/keys')
    expect(reader.page.html).toContain('Build &#60;server&#62;')
    expect(reader.page.html).not.toContain(key)
    await reader.submit('Revoke: Build <server>')
    expect(textOf(reader.page.html)).toContain('The key is revoked.')
    expect((await app.send('/who', { headers })).status).toBe(401)
  })
})

describe('the account as a whole', () => {
  it('is named, downloaded and deleted', async () => {
    const { app, reader } = await openSignedIn({ factors: [password()], features: [account()] })
    await reader.open('/account')
    await reader.submit('Save', { name: 'Ada "Byron"' })
    expect(
      attribute(/<input id="name-name"[^>]*>/.exec(reader.page.html)?.[0] ?? '', 'value'),
    ).toBe('Ada "Byron"')
    const file = await reader.send('/auth/account/export')
    expect(file.headers.get('content-disposition')).toContain('attachment')
    await reader.open('/account/delete')
    expect((await reader.submit('Delete the account')).status).toBe(422)
    await reader.submit('Delete the account', { sure: 'yes' })
    expect(textOf(reader.page.html)).toContain('Your account is deleted.')
    expect((await app.send('/auth/sign-in', { json: ADA })).status).toBe(401)
  })
})
