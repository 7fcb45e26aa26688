/**
 * Serves an operation that honours `Idempotency-Key` in a process of its own, and ends that process at
 * once, as a loss of power would, when the first request has come to the step named:
 * `node order-process.ts DATABASE [STEP]`.
 */

import { apiTables, mount, operation } from 'plinth/api'
import { type Handle, id, open, table } from 'plinth/data'
import { postgres } from 'plinth/data/postgres'
import { sqlite } from 'plinth/data/sqlite'
import { serve } from 'plinth/node'
import * as v from 'valibot'

const [address = '', step = ''] = process.argv.slice(2)

const goods = table('goods', { id: id(), title: v.string() }, { policy: { all: true } })
const source = address.startsWith('postgres:')
  ? postgres(address, [goods])
  : sqlite(address, [goods])
const database = await open(source, { tables: apiTables })
await database.migrate()

const order = operation({
  method: 'POST',
  path: '/orders',
  idempotent: { wait: 10_000 },
  body: v.object({ title: v.string() }),
  responses: { 201: v.object({ id: v.string(), title: v.string() }) },
  async handler({ db, body }: { db: Handle; body: { title: string } }) {
    at('claimed')
    const row = await db.create(goods, body)
    at('worked')
    db.afterCommit(() => at('committed'))
    return { status: 201, body: row }
  },
})

const app = mount(
  { order },
  {
    database,
    describe: false,
    onClose: () => database.close(),
    authenticate(incoming) {
      if (incoming.method === 'POST') at('asked')
      return { actor: { id: 'ada', roles: [] }, credential: 'bearer', sessionId: 's' }
    },
  },
)

await serve(app, { port: 0, hostname: '127.0.0.1', onListen: (url) => console.log(url) })

function at(reached: string): void {
  if (reached === step) process.kill(process.pid, 'SIGKILL')
}
