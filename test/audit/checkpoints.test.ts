import { setTimeout as sleep } from 'node:timers/promises'
import type { Checkpoint } from 'plinth/audit'
import { sqlite } from 'plinth/data/sqlite'
import { describe, expect, test } from 'vitest'
import { auditedApp, logOf, orders, tables } from './app.ts'

async function start(interval: number) {
  const published: Checkpoint[] = []
  const app = await auditedApp(sqlite(':memory:', tables), {
    checkpoint: { interval },
    publish: (checkpoint) => void published.push(checkpoint),
  })
  const last = () => published.at(-1)?.seq ?? 0
  return { app, published, last }
}

describe('checkpoints', () => {
  test('are signed for entries that none follow', async () => {
    const { app, published, last } = await start(50)
    const before = last()
    await app.database.system.create(orders, { title: 'a', total: 1, note: null })
    await expect.poll(last).toBeGreaterThan(before)
    const made = published.length
    await sleep(150)
    // Where nothing was added there is nothing to sign.
    expect(published).toHaveLength(made)
    await app.database.system.create(orders, { title: 'b', total: 1, note: null })
    await expect.poll(() => published.length).toBeGreaterThan(made)
    expect(await logOf(app).verify({ published })).toMatchObject({ ok: true })
  })

  test('come with the end where their time has not come', async () => {
    const { app, published, last } = await start(60_000)
    await app.database.system.create(orders, { title: 'a', total: 1, note: null })
    const [made, before] = [published.length, last()]
    await app.close()
    expect(published).toHaveLength(made + 1)
    expect(last()).toBeGreaterThan(before)
  })
})

test('an app with a log is closed as often as anybody likes', async () => {
  const { app, published } = await start(60_000)
  await app.database.system.create(orders, { title: 'a', total: 1, note: null })
  await Promise.all([app.close(), app.close()])
  const made = published.length
  await app.close()
  expect(published).toHaveLength(made)
})
