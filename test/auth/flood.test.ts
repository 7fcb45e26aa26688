import { describe, expect, it } from 'vitest'
import { ADA, type AuthApp, openApp, openBrowser } from './app.ts'

const HOUR = 60 * 60_000
const ADDRESSES = 10_000
const BATCH = 100

/** Guesses once from each of so many addresses within an hour; says how many got through, and when. */
async function flood(
  app: AuthApp,
  {
    headers = () => ({}),
    between = async () => {},
  }: {
    headers?: (at: number) => Record<string, string>
    between?: (at: number) => Promise<void>
  } = {},
): Promise<number> {
  let through = 0
  for (let at = 0; at < ADDRESSES; at += BATCH) {
    const answers = await Promise.all(
      Array.from({ length: BATCH }, (_, offset) => {
        const [high, low] = [(at + offset) >> 8, (at + offset) & 255]
        const address = `10.7.${high}.${low}`
        const json = { ...ADA, password: `guess number ${at + offset}` }
        return app.send('/auth/sign-in', { json, address, headers: headers(at + offset) })
      }),
    )
    for (const { status } of answers) {
      expect([401, 429]).toContain(status)
      if (status === 401) through++
    }
    await between(at)
    app.clock.advance(HOUR / (ADDRESSES / BATCH))
  }
  return through
}

describe.each(['database', 'memory'] as const)('10,000 addresses, counted in %s', (store) => {
  it('[ASVS 6.3.1] get at most a hundred guesses an hour at one account', async () => {
    const app = await openApp({ limits: { store } })
    await app.send('/auth/sign-up', { json: ADA })
    const owner = openBrowser(app, { address: '203.0.113.80' })
    expect((await owner.send('/auth/sign-in', { json: ADA })).status).toBe(200)
    let entered = 0
    const through = await flood(app, {
      // The owner comes and goes all the while, on a device that is known.
      between: async (at) => {
        if (at % 1000 !== 0) return
        await owner.send('/auth/sign-out', { method: 'POST' })
        const answer = await owner.send('/auth/sign-in', { json: ADA })
        if (answer.status === 200) entered++
      },
    })
    expect(through).toBeGreaterThan(0)
    expect(through).toBeLessThanOrEqual(100)
    expect(entered).toBe(ADDRESSES / 1000)
  }, 120_000)
})

it('gives who makes up devices no further guesses', async () => {
  const app = await openApp()
  await app.send('/auth/sign-up', { json: ADA })
  const through = await flood(app, {
    headers: (at) => ({ 'device-token': String(at).padStart(43, 'x') }),
  })
  expect(through).toBeLessThanOrEqual(100)
}, 120_000)
