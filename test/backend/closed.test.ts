import { backend } from 'plinth'
import { role } from 'plinth/api'
import { auth, password } from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { createVisitor } from 'plinth/testing'
import { expect, it } from 'vitest'

it('shows strangers no description and no metrics when told so', async () => {
  const app = await backend({
    data: sqlite(':memory:', []),
    auth: auth({ factors: [password()] }),
    monitor: { logs: false, metrics: { guard: role('operator') } },
    describe: false,
  })
  try {
    const statuses = new Map<string, number>()
    for (const path of ['/openapi.json', '/operations.json', '/reference', '/metrics', '/health']) {
      statuses.set(path, (await createVisitor(app).fetch(path)).status)
    }
    expect(Object.fromEntries(statuses)).toEqual({
      '/openapi.json': 404,
      '/operations.json': 404,
      '/reference': 404,
      '/metrics': 401,
      '/health': 200,
    })
    expect((await app.openapi()).openapi).toBe('3.1.0')
  } finally {
    await app.close()
  }
})
