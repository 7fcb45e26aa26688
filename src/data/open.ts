import {
  type Actor,
  createIds,
  createSignals,
  misuse,
  type Scope,
  systemClock,
} from '../kernel/index.ts'
import { BoundHandle, checkActor } from './bound-handle.ts'
import { checkOptions } from './columns.ts'
import { type Context, type Engine, SYSTEM } from './context.ts'
import { keys } from './cursor-key.ts'
import type { DataSource, Driver, OpenOptions } from './driver.ts'
import type { Database, Handle, MigrationPlan } from './handle.ts'
import { migrate, plan } from './migrate.ts'
import { createModels } from './model.ts'
import { PlanCache } from './plan.ts'
import { probeRules } from './rules.ts'
import type { AnyTable } from './table.ts'

/**
 * Opens a database and checks what can be checked beforehand: that tables have different names,
 * refer to tables that are there, and have policies that name columns they have (`misuse` otherwise).
 * It changes nothing: `migrate()` does.
 *
 * ```ts
 * import { id, open, table } from 'plinth/data'
 * import { sqlite } from 'plinth/data/sqlite'
 * import * as v from 'valibot'
 *
 * const notes = table('notes', { id: id(), title: v.string() })
 * const db = await open(sqlite(':memory:', [notes]))
 * await db.migrate()
 * const note = await db.system.create(notes, { title: 'First' })
 * await db.close()
 * ```
 */
export async function open(source: DataSource, options: OpenOptions = {}): Promise<Database> {
  checkOptions('open()', options, ['tables', 'signals', 'clock'])
  const { tables = [], signals = createSignals(), clock = systemClock } = options
  const driver = await source.open({ signals, clock })
  try {
    assertCapable(driver)
    const models = createModels([...source.tables, ...tables, keys], driver.dialect)
    for (const model of models.values()) probeRules(model)
    const plans = new PlanCache()
    return new OpenDatabase({ driver, models, plans, signals, clock, nextId: createIds({ clock }) })
  } catch (error) {
    await driver.close()
    throw error
  }
}

function assertCapable({ capabilities, dialect }: Driver): void {
  if (!capabilities.returning) throw misuse(dialect.name, 'updates need RETURNING, which it lacks')
  if (!capabilities.interactive) {
    throw misuse(dialect.name, 'transactions need to be interactive, which its are not')
  }
}

class OpenDatabase implements Database {
  readonly system: Handle
  readonly tables: readonly AnyTable[]
  readonly #context: Context

  constructor(engine: Engine) {
    this.#context = { engine, subject: SYSTEM, scope: undefined, transaction: undefined }
    this.system = new BoundHandle(this.#context)
    this.tables = [...engine.models.keys()].filter((table) => table !== keys)
  }

  as(actor: Actor | null, scope?: Scope): Handle {
    return new BoundHandle({ ...this.#context, subject: checkActor(actor), scope })
  }

  version(): number | undefined {
    return this.#context.engine.driver.version()
  }

  systemIn(scope: Scope): Handle {
    return new BoundHandle({ ...this.#context, scope })
  }

  async plan(): Promise<MigrationPlan> {
    return plan(this.#context.engine)
  }

  async migrate(): Promise<MigrationPlan> {
    return migrate(this.#context)
  }

  async ping(): Promise<void> {
    return this.#context.engine.driver.ping()
  }

  async close(): Promise<void> {
    return this.#context.engine.driver.close()
  }
}
