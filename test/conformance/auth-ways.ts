import { sqlite } from 'plinth/data/sqlite'
import { openOn } from '../auth/auth-app.ts'
import { flows } from '../auth/once/flows.ts'
import type { Suite } from './main.ts'
import { takeOnce } from './ways/take-once.ts'

/** Every way through auth, from its beginning to its last request. */
export const suite: Suite = {
  name: 'ways through auth',
  needs: ['database'],
  cases: flows.map((flow) => ({
    name: flow.name,
    run: () => takeOnce(flow, (settings) => openOn(sqlite(':memory:', []), settings)),
  })),
}
