import { expect, it, onTestFinished } from 'vitest'
import type { Link } from '../../../../src/data/drivers/sql/link.ts'
import { createPool } from '../../../../src/data/drivers/sql/pool.ts'
import { createSignals } from '../../../../src/kernel/index.ts'

const SETTINGS = { max: 2, wait: 5000, idle: 5000 }

interface Opening {
  succeed(): void
  fail(error: Error): void
}

/** A pool whose connections are opened, or not, when the test says so. */
function openPool() {
  const openings: Opening[] = []
  const connect = () =>
    new Promise<Link>((resolve, reject) => {
      openings.push({ succeed: () => resolve(createLink()), fail: reject })
    })
  const pool = createPool({ settings: SETTINGS, signals: createSignals(), connect })
  onTestFinished(() => pool.close())
  return { openings, pool }
}

/** A connection that nothing is asked of. */
function createLink(): Link {
  const done = () => Promise.resolve()
  return {
    alive: true,
    answered: 0,
    run: () => Promise.reject(new Error('nothing is asked here')),
    begin: done,
    commit: done,
    rollback: done,
    abandon: done,
    savepoint: done,
    release: done,
    rollBackTo: done,
    check: () => undefined,
    close: done,
  }
}

it('tells those who wait for a connection why it could not be opened', async () => {
  const { openings, pool } = openPool()
  const waiting = [pool.take(), pool.take()]
  openings[0]?.fail(new Error('first'))
  await expect(waiting[0]).rejects.toThrow('first')
  openings[1]?.fail(new Error('second'))
  await expect(waiting[1]).rejects.toThrow('second')
})

it('opens another when one that was asked for by nobody who still waits fails', async () => {
  const { openings, pool } = openPool()
  const controller = new AbortController()
  const gone = pool.take({ signal: controller.signal })
  controller.abort()
  await expect(gone).rejects.toMatchObject({ code: 'aborted' })
  await new Promise((resolve) => setTimeout(resolve, 2))
  const late = pool.take()
  expect(openings).toHaveLength(1)
  openings[0]?.fail(new Error('cut'))
  await expect.poll(() => openings.length).toBe(2)
  openings[1]?.succeed()
  const link = await late
  expect(link.alive).toBe(true)
  pool.give(link)
})
