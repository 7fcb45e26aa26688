/** Fills an empty shop: GeoNames' cities and the world's countries as places, and flags as products. */

import type { AnyTable, Database, Handle, Insert } from 'plinth/data'
import { countries, places, products, type SeedPart, seeds } from '../tables.ts'
import { createProgress } from './progress.ts'
import { countryRows, placeRows, productRows } from './sources.ts'

const CHUNK = 1000
const SEED_TIMEOUT_MS = 300_000

/** Seeds each part once. A part is all there or, when seeding was interrupted, not begun. */
export async function seed(database: Database): Promise<void> {
  await seedPart(database, 'countries', countries, countryRows)
  await seedPart(database, 'products', products, productRows)
  await seedPart(database, 'places', places, placeRows)
}

async function seedPart<T extends AnyTable>(
  database: Database,
  part: SeedPart,
  table: T,
  load: () => Promise<readonly Insert<T>[]>,
): Promise<void> {
  const { system } = database
  if (await system.first(seeds, { where: { part } })) return
  const rows = await load()
  const progress = createProgress(part, rows.length)
  const fill = async (tx: Handle) => {
    await tx.create(seeds, { part })
    for (let at = 0; at < rows.length; at += CHUNK) {
      await tx.createMany(table, rows.slice(at, at + CHUNK))
      progress(Math.min(at + CHUNK, rows.length))
    }
  }
  await system.transaction(fill, { timeout: SEED_TIMEOUT_MS })
}
