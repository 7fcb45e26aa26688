import { strict as assert } from 'node:assert'
import { sqlite } from 'plinth/data/sqlite'
import { MAILING, openOn } from '../auth/auth-app.ts'
import { settings } from '../auth/once/everything.ts'
import { flows } from '../auth/once/flows.ts'
import type { Suite } from './main.ts'

/** Every way through auth, from its beginning to its last request, which succeeds once. */
export const suite: Suite = {
  name: 'ways through auth',
  needs: ['database'],
  cases: flows.map(({ name, once, prepare }) => ({
    name,
    async run() {
      const app = await openOn(sqlite(':memory:', []), { ...MAILING, ...settings() })
      const { path, json, headers = {} } = await prepare(app)
      const first = await app.send(path, { json, headers })
      assert.ok(first.status < 300, first.text)
      const second = await app.send(path, { json, headers })
      assert.equal(second.status < 300, !once, second.text)
      await app.end()
    },
  })),
}
