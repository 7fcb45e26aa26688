import { users } from 'plinth/auth'
import { createKeyring, generateKey } from 'plinth/kernel'
import { createOutbox, signIn } from 'plinth/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AccountSettings } from '../../examples/shop/accounts.ts'
import { openProvider } from '../auth/oauth/fake-provider.ts'
import { codeAt } from '../auth/totp/authenticator.ts'
import { nobody, openShop, productId, type Shop, send } from './open-shop.ts'

const ORIGIN = 'https://app.test'

async function open(settings: Partial<AccountSettings> = {}): Promise<Shop> {
  const keys = createKeyring({ current: 'one', keys: { one: generateKey() } })
  const app = await openShop({ accounts: { origin: ORIGIN, keys, ...settings } })
  onTestFinished(() => app.close())
  return app
}

async function pageAt(app: Shop, path: string): Promise<string> {
  return (await nobody(app).fetch(path)).text()
}

describe('the front door of the shop', () => {
  it('has a page for those who come in, and one to ask for mail', async () => {
    const outbox = createOutbox()
    const app = await open({ mail: outbox.mail })
    expect(await pageAt(app, '/sign-in')).toContain('Sign in with a passkey')
    expect(await pageAt(app, '/sign-in')).toContain('href="/reset"')
    const ada = { email: 'ada@example.com', password: 'correct horse battery', outbox }
    const visitor = await signIn(app, ada)
    expect((await send(visitor, '/overview')).status).toBe(200)
  })

  it('leads to the provider that the environment names', async () => {
    const { issuer } = await openProvider({ now: () => Date.now() })
    const provider = { name: 'company', issuer, clientId: 'shop', clientSecret: 'secret' } as const
    const app = await open({ provider })
    expect(await pageAt(app, '/sign-in')).toContain('Sign in with Company')
    const { body } = await send<{ url: string }>(nobody(app), '/auth/oauth/company/start', {
      json: {},
    })
    expect(body.url).toContain(issuer)
    expect(await pageAt(await open(), '/sign-in')).not.toContain('Sign in with Company')
  })

  it('asks staff for a second factor before they change anything', async () => {
    const app = await open()
    const ada = { email: 'ada@example.com', password: 'correct horse battery' }
    const visitor = await signIn(app, ada)
    await app.database.system.updateMany(users, { email: ada.email }, { roles: ['staff'] })
    const path = `/products/${await productId(app, 'FL-FRA')}`
    const change = { method: 'PATCH', json: { price: 1, version: 1 } }
    const refused = await send<{ code: string; assurance: number }>(visitor, path, change)
    expect([refused.status, refused.body.code, refused.body.assurance]).toEqual([
      401,
      'insufficient_authentication',
      2,
    ])
    const { body } = await send<{ secret: string }>(visitor, '/auth/totp', { method: 'POST' })
    const code = codeAt(body.secret, Date.now())
    const confirmed = await send<{ token: string }>(visitor, '/auth/totp/confirm', {
      json: { code },
    })
    const headers = { authorization: `Bearer ${confirmed.body.token}` }
    expect((await send(visitor, path, { ...change, headers })).status).toBe(200)
  })
})
