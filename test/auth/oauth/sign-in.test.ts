import { users } from 'plinth/auth'
import { describe, expect, it } from 'vitest'
import { departure, openSetup, whoIs } from './setup.ts'

describe('sign-in with a provider', () => {
  it('creates an account of a verified address and signs in', async () => {
    const { app, browser, signIn } = await openSetup()
    const answer = await signIn({
      sub: 'p-1',
      email: 'Ada@Example.com',
      email_verified: true,
      name: 'Ada',
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    expect(await whoIs(browser)).toBe('ada@example.com')
    const user = await app.database.system.first(users)
    expect(user).toMatchObject({ name: 'Ada', emailVerifiedAt: expect.any(Date) })
  })

  it('leads on to where people wanted to go', async () => {
    const { provider, browser } = await openSetup()
    const url = await departure(browser, { returnTo: '/orders?page=2' })
    const answer = await browser.send(provider.consent(url))
    expect(answer.headers.get('location')).toBe('/orders?page=2')
  })
})
