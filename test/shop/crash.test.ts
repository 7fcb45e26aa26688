import { expect, test } from 'vitest'
import { type Crash, crashShop } from './crash.ts'
import { shared } from './databases.ts'

/** A few of each; test/torture kills it fifty times. Connections are opened by a shop's first orders. */
const CRASHES: Readonly<Record<string, Crash>> = {
  SQLite: { kills: 10, spared: 100 },
  PostgreSQL: { kills: 4, spared: 500 },
}

test.each(shared)(
  'keeps every acknowledged order of a killed shop on $name',
  async (database) => {
    const crash = CRASHES[database.name] as Crash
    const acknowledged = await crashShop(database, crash)
    console.log(`${crash.kills} kills on ${database.name}: all ${acknowledged} orders are there`)
    expect(acknowledged).toBeGreaterThan(crash.kills)
  },
  170_000,
)
