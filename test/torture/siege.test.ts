import { describe, expect, it } from 'vitest'
import { ahead, body, idle, manyHeaders, slowBody, slowReader } from '../served/assaults.ts'
import { type Assault, besiege, besieged } from '../served/siege.ts'

const MEGABYTE = 1_000_000

const deep = `{"members":{"a":${'['.repeat(30)}${'[],'.repeat(80_000)}0${']'.repeat(30)}}}`
const different = `{"members":{${Array.from({ length: 22_000 }, (_, at) => `"k${at}":1`)}}}`

describe('a server of 256 MiB that is attacked by', () => {
  it.each<[string, number, Assault, number]>([
    ['idle connections', 10_000, idle, 300],
    ['slow bodies', 500, slowBody, 100],
    ['slow readers of large answers', 500, slowReader('/large'), 500],
    ['slow readers of lines', 500, slowReader('/lines'), 200],
    ['slow readers of files', 500, slowReader('/file'), 200],
    ['a thousand who subscribe and stop reading', 1_000, slowReader('/events'), 300],
    ['a thousand who send requests ahead', 1_000, ahead, 300],
    ['floods of headers', 1_000, manyHeaders, 200],
    ['deep JSON', 4, body('/json', 'application/json', deep), 200],
    ['JSON of names that all differ', 4, body('/json', 'application/json', different), 300],
  ])(
    '[ASVS 15.2.2] %s serves others in bounded memory',
    async (name, connections, assault, most) => {
      const server = await besieged()
      const outcome = await besiege(server, { connections, assault, lasts: 8_000 })
      const sorted = outcome.latencies.toSorted((a, b) => a - b)
      const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
      console.log(
        `${name}: ${outcome.opened} open, ${Math.round(outcome.taken / MEGABYTE)} MB, blocked ${Math.round(outcome.blocked)} ms, answered ${sorted.length} in ${at(0.5)} ms, p99 ${at(0.99)}`,
        outcome.failures.slice(0, 3),
      )
      expect(outcome.opened).toBe(connections)
      expect(outcome.taken).toBeLessThan(most * MEGABYTE)
      expect(outcome.failures).toEqual([])
      expect(outcome.latencies.length).toBeGreaterThan(20)
    },
  )
})
