import { anyone, createApp, defineOperation } from 'plinth/http'
import { expect, it } from 'vitest'

const define = defineOperation()
const common = { method: 'POST', guard: anyone, responses: { 204: null } } as const
const handler = () => ({ status: 204 }) as const
const app = createApp({
  operations: {
    open: define({ ...common, path: '/open', fromOtherSites: true, handler }),
    closed: define({ ...common, path: '/closed', handler }),
  },
})

const send = (path: string) =>
  app.fetch(
    new Request(`https://app.test${path}`, {
      method: 'POST',
      headers: { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
    }),
  )

it('[ASVS 3.5.1] lets other sites send only what says so', async () => {
  expect((await send('/open')).status).toBe(204)
  expect((await send('/closed')).status).toBe(403)
})
