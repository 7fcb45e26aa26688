import { describe, expect, it } from 'vitest'
import { ADA, enter, openApp } from './app.ts'

/** What JSON can hold in the place of a text: the truthy kinds that comparisons have let pass. */
const kinds: readonly unknown[] = [
  {},
  { $ne: null },
  { $gt: '' },
  { toString: 'x' },
  { length: 8 },
  [],
  [ADA.password],
  [[ADA.email]],
  true,
  false,
  0,
  1,
  null,
]

const bodies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/auth/sign-up': { email: 'new@example.com', password: 'a rather long one', name: 'New' },
  '/auth/sign-in': { ...ADA, transport: 'bearer' },
  '/auth/password': { current: ADA.password, password: 'another long one' },
}

const cases = Object.entries(bodies).flatMap(([path, body]) =>
  Object.keys(body).flatMap((field) => kinds.map((value) => [path, field, value, body] as const)),
)

describe('what is no text in the place of one', () => {
  it('[ASVS 15.3.5] [family 22] signs nobody up or in and changes nothing', async () => {
    const app = await openApp()
    const session = await enter(app)
    const users = app.database.tables.find((table) => table.name === 'users')
    if (!users) throw new Error('There is no table of users')
    const before = await app.database.system.count(users)
    for (const [path, field, value, body] of cases) {
      const json = { ...body, [field]: value }
      const answer = await app.send(path, { json, headers: session.headers })
      expect(answer.status, `${path} ${field} ${JSON.stringify(value)}`).toBe(422)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect(await app.database.system.count(users)).toBe(before)
    const again = await app.send('/auth/sign-in', { json: ADA })
    expect(again.status).toBe(200)
  })
})
