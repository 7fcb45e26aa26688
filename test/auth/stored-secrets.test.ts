import { expect, it } from 'vitest'
import { ADA, type AuthApp, enter, openApp, signIn } from './app.ts'

it('[ASVS 11.4.1] opens nothing with anything that is stored', async () => {
  const limit = { attempts: 1000, window: 60_000 }
  const app = await openApp({ limits: { account: limit, address: limit } })
  await enter(app, { ...ADA, email: 'other@example.com' })
  await enter(app)
  const values = await storedTexts(app)
  expect(values.length).toBeGreaterThan(15)
  for (const value of values) {
    for (const token of [value, `plinth_s_${value}`, `plinth_s_${value}`.slice(0, 52)]) {
      const bearer = { authorization: `Bearer ${token}` }
      expect((await app.send('/auth/session', { headers: bearer })).status, value).toBe(401)
      const cookie = { cookie: `__Host-session=${token}` }
      expect((await app.send('/auth/session', { headers: cookie })).status, value).toBe(401)
    }
    const { answer } = await signIn(app, { ...ADA, password: value })
    expect([401, 422], value).toContain(answer.status)
  }
})

it('stores no token and no password in the clear', async () => {
  const app = await openApp()
  const { token } = await enter(app)
  const stored = (await storedTexts(app)).join('\n')
  expect(stored).not.toContain(token)
  expect(stored).not.toContain(token.replace('plinth_s_', ''))
  expect(stored).not.toContain(ADA.password)
})

/** Every text in every row of every table. */
async function storedTexts(app: AuthApp): Promise<string[]> {
  const texts: string[] = []
  for (const table of app.description.tables) {
    const { items } = await app.database.system.list(table)
    for (const value of items.flatMap((row) => Object.values(row))) {
      if (typeof value === 'string') texts.push(value)
    }
  }
  return [...new Set(texts)]
}
