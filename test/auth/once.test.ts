import { describe, it } from 'vitest'
import { databases } from '../shop/databases.ts'
import { flows } from './once/flows.ts'
import { spendOnce } from './once/once.ts'

const spending = flows.filter(({ once }) => once)

// `npm run torture` uses each a thousand times at once, on PostgreSQL as well.
describe.each(databases.slice(0, 1))(
  'of forty uses at once from four processes on $name',
  (database) => {
    it.each(spending)('one succeeds: $name', { timeout: 60_000 }, async (flow) => {
      const fresh = await database.fresh()
      await spendOnce(fresh, flow, 40)
      await fresh.drop()
    })
  },
)
