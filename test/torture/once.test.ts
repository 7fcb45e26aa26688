import { describe, it } from 'vitest'
import { flows } from '../auth/once/flows.ts'
import { spendOnce } from '../auth/once/once.ts'
import { shared } from '../shop/databases.ts'

const spending = flows.filter(({ once }) => once)

describe.each(shared)('of a thousand uses at once from four processes on $name', (database) => {
  it.each(spending)('one succeeds: $name', async (flow) => {
    const fresh = await database.fresh()
    await spendOnce(fresh, flow, 1000)
    await fresh.drop()
  })
})
