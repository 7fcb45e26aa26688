import * as v from 'valibot'
import { createMac, type Mac, misuse, systemRandom } from '../kernel/index.ts'
import { id, timestamp } from './columns.ts'
import { addPlan, type Context, modelOf, read, run } from './context.ts'
import { table } from './define-table.ts'
import type { Connection, MaybePromise, Result } from './driver.ts'
import { chain } from './maybe-promise.ts'
import type { Model } from './model.ts'
import type { Plan } from './plan.ts'
import type { AnyTable } from './table.ts'

/**
 * The keys that a database holds for itself, so that what was signed stays valid after a restart and
 * in every process. No handle reaches it: it is known to this folder alone.
 */
export const keys: AnyTable = table(
  'plinth_keys',
  {
    id: id(),
    name: v.string(),
    secret: v.instance(Uint8Array),
    createdAt: timestamp({ default: 'now' }),
  },
  { unique: [['name']] },
)

const NAME = 'cursor'
const SECRET_BYTES = 32

const macs = new WeakMap<Context['engine'], Mac>()

/** Returns the digest that cursors are signed with; reads its key when it is first needed. */
export function cursorMac(context: Context): MaybePromise<Mac> {
  const known = macs.get(context.engine)
  if (known) return known
  const model = modelOf(context.engine, keys)
  return chain(read(context, selectKey(context, model), [NAME]), (result) => {
    const mac = createMac(secretOf(result))
    macs.set(context.engine, mac)
    return mac
  })
}

/** Makes the key when the database has none; part of every migration. */
export function ensureCursorKey(context: Context, connection: Connection): MaybePromise<void> {
  const model = modelOf(context.engine, keys)
  const plan = selectKey(context, model)
  return chain(run(context, connection, { plan, params: [NAME] }), ({ rows }) => {
    if (rows.length > 0) return
    const { engine } = context
    const secret = systemRandom.bytes(SECRET_BYTES)
    const params = [engine.nextId(), NAME, secret, Math.trunc(engine.clock.now())]
    return chain(run(context, connection, { plan: model.insert, params }), () => {})
  })
}

function selectKey({ engine }: Context, model: Model): Plan {
  const sql = `SELECT "secret" FROM ${model.sql} WHERE "name" = ${engine.driver.dialect.placeholder(1)}`
  return (
    engine.plans.get(sql) ?? addPlan(engine, sql, { verb: 'select', model, returns: true, sql })
  )
}

function secretOf({ rows }: Result): Uint8Array {
  const secret = rows[0]?.['secret']
  if (secret instanceof Uint8Array && secret.length === SECRET_BYTES) return new Uint8Array(secret)
  throw misuse('list()', 'the database has no key to sign cursors with; run migrate() first')
}
