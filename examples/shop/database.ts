/** Where the shop keeps its rows: `DATABASE_URL`, or a file beside these sources. */

import { fileURLToPath } from 'node:url'
import { readConfig } from 'plinth/kernel'
import * as v from 'valibot'

export function databaseOf(): string {
  const file = fileURLToPath(new URL('shop.db', import.meta.url))
  return readConfig({ DATABASE_URL: v.optional(v.string(), file) }).DATABASE_URL
}
