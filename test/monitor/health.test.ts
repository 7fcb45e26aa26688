import { createApp } from 'plinth/http'
import { createSignals } from 'plinth/kernel'
import { type Check, openMonitor } from 'plinth/monitor'
import { expect, onTestFinished, test, vi } from 'vitest'

async function ask(
  path: string,
  checks: Record<string, Check>,
): Promise<{ status: number; body: unknown }> {
  const signals = createSignals()
  const { operations } = openMonitor({ signals, checks, logs: false })
  const response = await createApp({ operations, signals }).fetch(
    new Request(`http://localhost${path}`),
  )
  return { status: response.status, body: await response.json() }
}

const broken = () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3'))

test('is alive whatever its checks say', async () => {
  expect(await ask('/health', { database: broken })).toEqual({
    status: 200,
    body: { status: 'alive' },
  })
})

test('is ready when every check passes', async () => {
  const checks = { database: async () => {}, cache: async () => {} }
  expect(await ask('/ready', checks)).toEqual({
    status: 200,
    body: { status: 'ready', checks: ['database', 'cache'] },
  })
})

test('names what is not ready and keeps the reason private', async () => {
  const { status, body } = await ask('/ready', { database: broken, cache: async () => {} })
  expect(status).toBe(503)
  expect(body).toMatchObject({ code: 'not_ready', failed: ['database'] })
  expect(JSON.stringify(body)).not.toContain('10.1.2.3')
})

test('is not ready any more once its server drains', async () => {
  const signals = createSignals()
  const monitor = openMonitor({ signals, logs: false })
  const app = createApp({ operations: monitor.operations, signals })
  const ask = async (path: string) => {
    const response = await app.fetch(new Request(`http://localhost${path}`))
    return [response.status, await response.json()]
  }
  expect(await ask('/ready')).toEqual([200, { status: 'ready', checks: [] }])
  monitor.drain()
  const printed = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => printed.mockRestore())
  expect(await ask('/ready')).toMatchObject([503, { code: 'draining' }])
  expect(printed).not.toHaveBeenCalled()
  expect(await ask('/health')).toEqual([200, { status: 'alive' }])
})

test('gives a check that hangs up after two seconds', async () => {
  const { status, body } = await ask('/ready', { database: () => new Promise(() => {}) })
  expect(status).toBe(503)
  expect(body).toMatchObject({ failed: ['database'] })
})
