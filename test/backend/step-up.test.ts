import { backend } from 'plinth'
import { assurance, branch, fresh, operation } from 'plinth/api'
import { auth, password } from 'plinth/auth'
import { sqlite } from 'plinth/data/sqlite'
import { createFakeClock, signIn } from 'plinth/testing'
import { expect, it } from 'vitest'

const ACCOUNT = { email: 'ada@example.com', password: 'a long enough one' }

it('[ASVS 7.5.3] lets recent sign-ins alone do what is sensitive', async () => {
  const clock = createFakeClock()
  const pay = operation({
    method: 'POST',
    path: '/pay',
    responses: { 204: null },
    handler: () => ({ status: 204 }),
  })
  const app = await backend({
    data: sqlite(':memory:', []),
    auth: auth({ factors: [password()] }),
    api: {
      recent: branch({ path: '/recent', guard: fresh({ within: 60_000 }) }, { pay }),
      strong: branch({ path: '/strong', guard: assurance(2) }, { pay }),
    },
    monitor: { logs: false },
    clock,
  })
  try {
    const ada = await signIn(app, ACCOUNT)
    const post = async (path: string) => {
      const { status, headers } = await ada.fetch(path, { method: 'POST' })
      return [status, headers.get('www-authenticate')?.split(', ').at(-1)]
    }
    expect(await post('/recent/pay')).toEqual([204, undefined])
    clock.advance(60_001)
    expect(await post('/recent/pay')).toEqual([401, 'max_age="60"'])
    expect(await post('/strong/pay')).toEqual([401, 'acr_values="aal2"'])
    const again = await signIn(app, ACCOUNT)
    expect((await again.fetch('/recent/pay', { method: 'POST' })).status).toBe(204)
  } finally {
    await app.close()
  }
})
