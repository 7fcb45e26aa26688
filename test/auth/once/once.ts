import { expect } from 'vitest'
import type { FreshDatabase } from '../../shop/databases.ts'
import { MAILING, openApp } from '../app.ts'
import { sourceOf } from './everything.ts'
import type { Flow } from './flow.ts'
import { openCrowd } from './races.ts'
import { settings } from './settings.ts'

/**
 * Prepares a flow, lets four processes send its last request so many times at once, and expects one to
 * succeed and the others to be told so.
 */
export async function spendOnce(
  database: FreshDatabase,
  { prepare }: Flow,
  times: number,
): Promise<void> {
  const app = await openApp({ ...MAILING, ...settings() }, { source: sourceOf(database.address) })
  // The processes have the machine's clock.
  app.clock.set(new Date())
  const step = await prepare(app)
  const crowd = await openCrowd(database.address)
  const statuses = await crowd.send(step, times)
  await crowd.close()
  expect(statuses).toHaveLength(times)
  const successes = statuses.filter((status) => status < 300)
  expect(successes).toHaveLength(1)
  for (const status of new Set(statuses)) expect(status).toBeLessThan(500)
}
