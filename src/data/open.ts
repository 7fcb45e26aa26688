import {
  type Actor,
  createIds,
  createSignals,
  type Measurement,
  type MigrationApplied,
  misuse,
  type Scope,
  systemClock,
} from '../kernel/index.ts'
import { checkActor, createHandle } from './bound-handle.ts'
import type { RowChange } from './change.ts'
import { checkOptions } from './columns.ts'
import { type Context, type Engine, SYSTEM } from './context.ts'
import { ensureCursorKey, keys } from './cursor-key.ts'
import { explain } from './explain.ts'
import type { Explanation } from './explanation.ts'
import type { Database, Handle } from './handle.ts'
import type {
  ApplyMigrationOptions,
  MigrationFile,
  MigrationOptions,
  MigrationPlan,
  MigrationStatus,
  PlanOptions,
} from './migrations.ts'
import { Models } from './model.ts'
import { SpanNames } from './observed.ts'
import type { OpenOptions } from './open-options.ts'
import type { QueryPlanner } from './query-plan.ts'
import { probeRules } from './rules.ts'
import type { DataSource, Store } from './store.ts'
import type { AnyTable } from './table.ts'
import { watchesOf } from './watch.ts'

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
  checkOptions('open()', options, ['tables', 'signals', 'clock', 'onChange'])
  const { tables = [], signals = createSignals(), clock = systemClock, onChange } = options
  const models = new Models([...source.tables, ...tables, keys])
  for (const model of models.values()) probeRules(model)
  const store = await source.open({ models, signals, clock })
  try {
    assertCapable(store)
  } catch (error) {
    await store.close()
    throw error
  }
  const spanNames = new SpanNames(store.name)
  return new OpenDatabase({
    store,
    models,
    spanNames,
    signals,
    clock,
    nextId: createIds({ clock }),
    ...(onChange && {
      watches: watchesOf(models),
      onChange: (change: RowChange, context: Context) =>
        onChange(change, createHandle({ ...context, subject: SYSTEM })),
    }),
  })
}

function assertCapable({ capabilities, name }: Store): void {
  if (capabilities.interactive && capabilities.savepoints) return
  throw misuse(name, 'transactions need to be interactive and to nest, which its cannot')
}

class OpenDatabase implements Database {
  readonly system: Handle
  readonly tables: readonly AnyTable[]
  readonly #context: Context

  constructor(engine: Engine) {
    this.#context = { engine, subject: SYSTEM, scope: undefined, transaction: undefined }
    this.system = createHandle(this.#context)
    const tables = Array.from(engine.models.values(), ({ table }) => table)
    this.tables = tables.filter((table) => table !== keys)
  }

  as(actor: Actor | null, scope?: Scope): Handle {
    return createHandle({ ...this.#context, subject: checkActor(actor), scope })
  }

  explain(actor: Actor | null, table: AnyTable, query: unknown = {}): Explanation {
    return explain(this.#context, table, { actor: checkActor(actor), query })
  }

  version(): number | undefined {
    return this.#context.engine.store.version()
  }

  systemIn(scope: Scope): Handle {
    return createHandle({ ...this.#context, scope })
  }

  async plan(options: PlanOptions = {}): Promise<MigrationPlan> {
    checkOptions('plan()', options, ['allow', 'rename', 'assumeRows', 'fromEmpty'])
    return this.#context.engine.store.plan(options)
  }

  async migrate(options: MigrationOptions = {}): Promise<MigrationPlan> {
    checkOptions('migrate()', options, ['allow', 'rename'])
    const done = await this.#context.engine.store.migrate(options)
    const steps = done.steps.map(({ summary }) => summary)
    this.#tellOfMigration('step', steps)
    await ensureCursorKey(this.#context)
    return done
  }

  async applyMigrations(
    files: readonly MigrationFile[],
    options: ApplyMigrationOptions = {},
  ): Promise<readonly string[]> {
    checkOptions('applyMigrations()', options, ['baseline'])
    const applied = await this.#context.engine.store.applyMigrations(files, options)
    this.#tellOfMigration('file', applied)
    await ensureCursorKey(this.#context)
    return applied
  }

  #tellOfMigration(kind: MigrationApplied['kind'], names: readonly string[]): void {
    const { signals, store } = this.#context.engine
    const tell = signals.events['data.migration']
    if (tell) for (const name of names) tell({ database: store.name, kind, name })
  }

  async migrationStatus(files: readonly MigrationFile[]): Promise<MigrationStatus> {
    return this.#context.engine.store.migrationStatus(files)
  }

  queryPlanner(): QueryPlanner | undefined {
    return this.#context.engine.store.queryPlanner?.()
  }

  async ping(): Promise<void> {
    return this.#context.engine.store.ping()
  }

  gauges(): readonly Measurement[] {
    return this.#context.engine.store.gauges?.() ?? []
  }

  async close(): Promise<void> {
    return this.#context.engine.store.close()
  }
}
