import { describe, expect, it } from 'vitest'
import { crashAndRepeat, STEPS } from '../api/orders.ts'
import { shared } from '../shop/databases.ts'

const ROUNDS = 5

describe.each(shared)('a keyed request on $name', (database) => {
  it.each(STEPS)('has one effect a thousand times after a crash when it is %s', async (step) => {
    expect.hasAssertions()
    for (let round = 0; round < ROUNDS; round += 1) {
      await crashAndRepeat(database, { step, duplicates: 1000 })
    }
  })
})
