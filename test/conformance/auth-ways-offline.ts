import { openOn } from '../auth/auth-app.ts'
import { flows } from '../auth/once/flows.ts'
import type { Suite } from './main.ts'
import { createRows } from './ways/rows.ts'
import { takeOnce } from './ways/take-once.ts'

/** The same ways where no driver runs: the rows are kept in arrays. */
export const suite: Suite = {
  name: 'ways through auth without a driver',
  needs: [],
  cases: flows.map((flow) => ({
    name: flow.name,
    run: () => takeOnce(flow, (settings) => openOn(createRows().database, settings)),
  })),
}
