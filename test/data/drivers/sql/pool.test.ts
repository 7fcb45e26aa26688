import { expect, it } from 'vitest'
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
      openings.push({ succeed: () => resolve({ alive: true } as Link), fail: reject })
    })
  return { openings, pool: createPool({ settings: SETTINGS, signals: createSignals(), connect }) }
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
  await expect(late).resolves.toMatchObject({ alive: true })
})
