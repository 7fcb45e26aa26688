import { strict as assert } from 'node:assert'
import { type AppSettings, MAILING, type openOn } from '../../auth/auth-app.ts'
import type { Flow } from '../../auth/once/flow.ts'
import { settings } from '../../auth/once/settings.ts'

/** Goes a way through auth to its end, where it succeeds: once, if its last request spends something. */
export async function takeOnce(
  { once, prepare }: Flow,
  open: (settings: AppSettings) => ReturnType<typeof openOn>,
): Promise<void> {
  const app = await open({ ...MAILING, ...settings() })
  const { path, ...init } = await prepare(app)
  const first = await app.send(path, init)
  assert.ok(first.status < 300, first.text)
  const second = await app.send(path, init)
  assert.equal(second.status < 300, !once, second.text)
  await app.end()
}
