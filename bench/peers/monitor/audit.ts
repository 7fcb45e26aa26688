/**
 * Fills an audit log and verifies it again and again: `node audit.ts FILE ENTRIES ROUNDS`. Tells the seconds
 * of each round.
 */
import { backend } from 'plinth'
import { audit } from 'plinth/audit'
import { id, table } from 'plinth/data'
import { sqlite } from 'plinth/data/sqlite'
import { generateKey } from 'plinth/kernel'
import * as v from 'valibot'

const [file = 'audit.db', entries = '1000000', rounds = '5'] = process.argv.slice(2)
const BATCH = 1000

const orders = table('orders', { id: id(), title: v.string(), total: v.number() }, { audit: true })
const app = await backend({
  data: sqlite(file, [orders]),
  audit: audit({ keys: { current: 'a', keys: { a: generateKey() } } }),
  monitor: { logs: false },
})
for (let from = 0; from < Number(entries); from += BATCH) {
  const rows = Array.from({ length: BATCH }, (_, at) => ({
    title: `order ${from + at}`,
    total: at,
  }))
  await app.database.system.createMany(orders, rows)
  process.send?.({ written: from + BATCH })
}
const seconds: number[] = []
for (let round = 0; round < Number(rounds); round += 1) {
  const from = performance.now()
  const { ok, entries: read } = (await app.audit?.verify()) ?? { ok: false, entries: 0 }
  if (!ok || read < Number(entries)) throw new Error(`${read} entries were verified, ok: ${ok}`)
  seconds.push((performance.now() - from) / 1000)
}
process.send?.({ seconds })
