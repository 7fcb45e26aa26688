/** A process of its own that stores two rows and prints what a list of them holds. */
import * as v from 'valibot'
import { sqlite } from '../../../../src/data/drivers/sqlite/index.ts'
import { id, open, table } from '../../../../src/data/index.ts'

const notes = table('notes', { id: id(), title: v.string() })
const db = await open(sqlite(':memory:', [notes]))
await db.migrate()
await db.system.createMany(notes, [{ title: 'a' }, { title: 'b' }])
const { items } = await db.system.list(notes)
console.log(items.map(({ title }) => title).join())
await db.close()
