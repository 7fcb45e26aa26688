import { role } from 'plinth/api'
import { freshDatabase, signIn } from 'plinth/testing'
import { expect, test } from 'vitest'
import { createApp, notes } from './app.ts'

test('shows notes to their owners and the count to admins', async () => {
  const monitor = { logs: false, metrics: { guard: role('admin') } } as const
  const app = await createApp({ data: freshDatabase([notes]), monitor })
  const ada = await signIn(app, { email: 'ada@a.test', password: 'horse staple' })
  const bob = await signIn(app, { email: 'bob@a.test', password: 'horse staple', roles: ['admin'] })

  expect(await ada.client.notes.create({ body: { text: 'Mine' } })).toMatchObject({ status: 201 })
  expect(await bob.client.notes.list()).toMatchObject({ status: 200, body: { items: [] } })
  expect(await bob.client.notes.count()).toMatchObject({ status: 200, body: { notes: 1 } })
  expect(await ada.client.notes.count()).toMatchObject({ status: 403 })
  for (const path of ['/openapi.json', '/metrics']) expect((await bob.fetch(path)).ok).toBe(true)
  await app.close()
})
