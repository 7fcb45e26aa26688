import * as v from 'valibot'
import { createMac, type Mac, misuse, PlinthError, systemRandom } from '../kernel/index.ts'
import { id, timestamp } from './columns.ts'
import { type Context, type Engine, modelOf, read } from './context.ts'
import { table } from './define-table.ts'
import { chain } from './maybe-promise.ts'
import type { Field } from './model.ts'
import type { Select } from './query.ts'
import { Recent } from './recent.ts'
import type { AnyTable } from './table.ts'
import type { MaybePromise, StoredRow } from './value.ts'
import { equals } from './where.ts'

/**
 * The keys that a database holds for itself, so that what was signed stays valid after a restart and
 * in every process. No handle reaches it: it is known to this folder alone.
 */
export const keys: AnyTable = table(
  'plinth_keys',
  {
    id: id(),
    name: v.pipe(v.string(), v.maxLength(100)),
    secret: v.instance(Uint8Array),
    createdAt: timestamp({ default: 'now' }),
  },
  { unique: [['name']] },
)

const NAME = 'cursor'
const SECRET_BYTES = 32

const macs = new WeakMap<Engine, Mac>()

/** Returns the digest that cursors are signed with; reads its key when it is first needed. */
export function cursorMac(context: Context): MaybePromise<Mac> {
  const known = macs.get(context.engine)
  if (known) return known
  return chain(read(context, selectKey(context.engine)), (rows) => {
    const mac = remembering(createMac(secretOf(rows)))
    macs.set(context.engine, mac)
    return mac
  })
}

/**
 * Remembers the digests of late: a cursor is mostly read where it was written a moment ago, and the
 * same first page is asked for again and again. A digest costs more than the row that it is about.
 */
function remembering(mac: Mac): Mac {
  const recent = new Recent<string>()
  return (text) => {
    if (text.length > LONGEST_REMEMBERED) return mac(text)
    return recent.get(text) ?? chain(mac(text), (digest) => recent.add(text, digest))
  }
}

/** What a long filter is bound to would fill the memory. */
const LONGEST_REMEMBERED = 2000

/**
 * Makes the key when the database has none; part of every migration. Of processes that find none at
 * the same time, one makes it.
 */
export async function ensureCursorKey({ engine }: Context): Promise<void> {
  if ((await engine.store.read(selectKey(engine))).length > 0) return
  const secret = systemRandom.bytes(SECRET_BYTES)
  const row = [engine.nextId(), NAME, secret, Math.trunc(engine.clock.now())]
  const insert = { model: modelOf(engine, keys), rows: [row] }
  try {
    await engine.store.transaction(async (store) => store.insert(insert))
  } catch (error) {
    // Another process has made it meanwhile.
    if (!(error instanceof PlinthError && error.code === 'conflict')) throw error
  }
}

function selectKey(engine: Engine): Select {
  const model = modelOf(engine, keys)
  const field = (name: string): Field => model.fieldOf.get(name) as Field
  const where = equals(field('name'), NAME)
  return { type: 'select', model, fields: [field('secret')], where, single: true }
}

function secretOf(rows: readonly StoredRow[]): Uint8Array {
  const secret = rows[0]?.[0]
  if (secret instanceof Uint8Array && secret.length === SECRET_BYTES) return new Uint8Array(secret)
  throw misuse('list()', 'the database has no key to sign cursors with; run migrate() first')
}
