import { type Database, type Gatherer, open } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { createSignals, type LogRecord } from 'plinth/kernel'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Happening } from '../../src/audit/draft.ts'
import { createWaiting } from '../../src/audit/waiting.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const who = { kind: 'user', actor: null, impersonator: null } as unknown as Happening['who']

/** What waits for a database that refuses every transaction while it is down. */
async function openWaiting() {
  const db = await open(sqlite(':memory:', []))
  onTestFinished(() => db.close())
  await db.migrate()
  const state = { down: true, stored: [] as Happening[], logged: [] as LogRecord[] }
  const broken = { system: { transaction: () => Promise.reject(new Error('down')) } }
  const chain: Gatherer<Happening> = {
    finish: async (items) => void state.stored.push(...items),
  }
  const signals = createSignals()
  signals.subscribe({ log: (record) => void state.logged.push(record) })
  const waiting = createWaiting({
    database: () => (state.down ? (broken as unknown as Database) : db),
    chain,
    signals,
    note: (event, details) => ({ id: event, at: 0, event, who, details }),
  })
  let next = 0
  const report = (count: number) => {
    for (const end = next + count; next < end; next += 1) {
      waiting.add({ id: String(next), at: next, event: 'auth.sign_in_failed', who })
    }
  }
  /** Lets all tries fail that follow one another. */
  const fail = async () => {
    const idle = waiting.idle()
    await vi.advanceTimersByTimeAsync(10_000)
    await idle
  }
  const recover = () => {
    state.down = false
    report(1)
    return waiting.idle()
  }
  return { state, waiting, report, fail, recover }
}

test('what the database does not take is kept, in order, and told of', async () => {
  const { state, report, fail, recover } = await openWaiting()
  report(250)
  await fail()
  expect(state.stored).toEqual([])
  expect(state.logged).toMatchObject([{ level: 'error', event: 'audit.waiting' }])
  await recover()
  expect(state.stored.map(({ at }) => at)).toEqual(Array.from({ length: 251 }, (_, at) => at))
})

test('what finds no room is counted, the count is stored, and the rest with it', async () => {
  const { state, report, fail, recover } = await openWaiting()
  report(10_150)
  await fail()
  // What comes now finds no room either, and has the others stored.
  await recover()
  const dropped = state.stored.filter(({ event }) => event === 'audit.dropped')
  const kept = state.stored.filter(({ event }) => event !== 'audit.dropped')
  expect(kept.map(({ at }) => at)).toEqual(Array.from({ length: kept.length }, (_, at) => at))
  expect(kept.length).toBeGreaterThanOrEqual(10_000)
  const lost = dropped.reduce((sum, { details }) => sum + Number(details?.['count']), 0)
  expect(kept.length + lost).toBe(10_151)
})

test('what was given up is tried once more before the log closes', async () => {
  const { state, report, fail, waiting } = await openWaiting()
  report(3)
  await fail()
  state.down = false
  await waiting.idle()
  expect(state.stored.map(({ at }) => at)).toEqual([0, 1, 2])
})
