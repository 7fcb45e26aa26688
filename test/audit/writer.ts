import * as v from 'valibot'
import { audit } from '../../src/audit/index.ts'
import { mysql } from '../../src/data/drivers/mysql/index.ts'
import { postgres } from '../../src/data/drivers/postgres/index.ts'
import { sqlite } from '../../src/data/drivers/sqlite/index.ts'
import { id, open, table } from '../../src/data/index.ts'

// Creates rows of a marked table until it is killed, and prints the id of each that was acknowledged.
const [target = '', key = '', count = '1000000'] = process.argv.slice(2)
const things = table('things', { id: id(), n: v.number() }, { audit: true })
const makers = { postgres, mysql }
const scheme = /^(postgres|mysql):/.exec(target)?.[1] as keyof typeof makers | undefined
const source = scheme ? makers[scheme](target, [things]) : sqlite(target, [things])
const description = audit({ keys: { current: 'k', keys: { k: key } }, checkpoint: { every: 20 } })
const log = description.open()
const database = await open(source, { tables: description.tables, onChange: log.onChange })
await log.begin(database)
for (let n = 0; n < Number(count); n++) {
  const rows = await database.system.transaction(async (tx) => [
    await tx.create(things, { n }),
    await tx.create(things, { n: -n }),
  ])
  process.stdout.write(`${rows.map((row) => row.id).join(' ')}\n`)
}
await log.close()
await database.close()
