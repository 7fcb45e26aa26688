import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLoad } from '../../../src/runtime/node/load.ts'

let now = 0

beforeEach(() => {
  now = 0
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate'] })
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Lets turns pass that take so long each, with 1,000 requests each; gives how many the last one took on. */
function turns(load: ReturnType<typeof createLoad>, { of, count }: { of: number; count: number }) {
  let taken = 0
  for (let turn = 0; turn < count; turn += 1) {
    taken = 0
    for (let request = 0; request < 1000; request += 1) {
      if (!load.excessive()) taken += 1
      now += 0.01
    }
    now += of - 10
    vi.advanceTimersByTime(5)
  }
  return taken
}

it('takes on less and less in each turn while turns stay long, and more when they are not', () => {
  const load = createLoad()
  expect(turns(load, { of: 30, count: 4 })).toBe(1000)
  const first = turns(load, { of: 30, count: 8 })
  const last = turns(load, { of: 30, count: 40 })
  expect(first).toBeLessThan(1000)
  expect(last).toBeLessThan(first)
  expect(last).toBeGreaterThan(0)
  expect(turns(load, { of: 12, count: 100 })).toBeGreaterThan(last)
})
