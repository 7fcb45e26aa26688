import { describe, expect, it } from 'vitest'
import { ahead, idle, manyHeaders, slowBody, slowReader } from './assaults.ts'
import { type Assault, besiege, besieged } from './siege.ts'

const MOST = 400_000_000

describe('a server of little memory that is attacked by', () => {
  it.each<[string, Assault]>([
    ['idle connections', idle],
    ['slow bodies', slowBody],
    ['those who read no answer', slowReader('/large')],
    ['those who read no stream', slowReader('/lines')],
    ['those who send requests ahead', ahead],
    ['floods of headers', manyHeaders],
  ])('[ASVS 15.2.2] %s serves others', async (_, assault) => {
    const server = await besieged()
    const outcome = await besiege(server, { connections: 100, assault, lasts: 300 })
    expect(outcome.opened).toBe(100)
    expect(outcome.taken).toBeLessThan(MOST)
    expect(outcome.latencies.length).toBeGreaterThan(0)
    expect(outcome.failures).toEqual([])
  })
})
