import { describe, expect, it } from 'vitest'
import { shared } from '../shop/databases.ts'
import { crashAndRepeat, STEPS } from './orders.ts'

describe.each(shared)('a keyed request on $name', (database) => {
  it.each(STEPS)('has one effect though its process dies when it is %s', async (step) => {
    expect.hasAssertions()
    await crashAndRepeat(database, { step, duplicates: 40 })
  })
})
