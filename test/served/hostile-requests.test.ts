import { afterAll, describe, expect, it } from 'vitest'
import { type Attack, type Attacker, bodies, heads } from './attacks.ts'
import { openHostile } from './hostile-app.ts'

const BODY = 250_000
/** More than any runtime lets through. */
const HEAD = 128_000

const app = await openHostile()
afterAll(() => app.close())

describe('a hostile body', () => {
  it.each(Object.entries(bodies))('[ASVS 15.2.2] is refused or read: %s', async (_, attack) => {
    await expectCheap(attack, BODY)
  })
})

describe('a hostile head', () => {
  it.each(Object.entries(heads))('[ASVS 15.2.2] is refused or read: %s', async (_, attack) => {
    await expectCheap(attack, HEAD)
  })
})

/** What four times the bytes cost is not much more than four times as much. */
async function expectCheap([status, attack]: readonly [number, Attacker], bytes: number) {
  const quarter = await costOf(attack(bytes / 4))
  const whole = await costOf(attack(bytes))
  expect(whole.status).toBe(status)
  expect(whole.cost).toBeLessThan(8 * quarter.cost + NOISE)
}

/** Microseconds of processor time that a machine at work may add to anything. */
const NOISE = 50_000

/** The least of three, since a machine at work adds to what a request costs, and never takes away. */
async function costOf({ path, init }: Attack): Promise<{ status: number; cost: number }> {
  let status = 0
  const costs: number[] = []
  for (let round = 0; round < 3; round++) {
    const request = new Request(`http://localhost${path}`, init)
    const before = process.threadCpuUsage()
    const response = await app.fetch(request)
    const { user, system } = process.threadCpuUsage(before)
    costs.push(user + system)
    status = response.status
    await response.body?.cancel()
  }
  return { status, cost: Math.min(...costs) }
}
