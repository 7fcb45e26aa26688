/** Serves notes of a database in a process of its own: `node notes-process.ts FILE DRAIN`. */

import * as v from 'valibot'
import { resource } from '../../src/api/index.ts'
import { auth, password, users } from '../../src/auth/index.ts'
import { sqlite } from '../../src/data/drivers/sqlite/index.ts'
import { id, ref, table } from '../../src/data/index.ts'
import { backend } from '../../src/index.ts'
import { serve } from '../../src/runtime/node/index.ts'

const [file = '', drainDelay = '0'] = process.argv.slice(2)

const notes = table(
  'notes',
  { id: id(), owner: ref(users, { default: 'actor' }), title: v.string() },
  { policy: { all: (actor) => ({ owner: actor.id }) } },
)

const app = await backend({
  data: sqlite(file, [notes]),
  auth: auth({ factors: [password()] }),
  api: { notes: resource(notes, { idempotent: true }) },
  monitor: { logs: false },
})

await serve(app, {
  port: 0,
  hostname: '127.0.0.1',
  drainDelay: Number(drainDelay),
  // What is told apart here is lost requests; on a machine that others use as well some would be shed.
  shed: false,
  onListen: (url) => process.send?.(url),
})
