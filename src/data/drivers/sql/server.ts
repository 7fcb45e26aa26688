import { isAborted, misuse, type Scope, type Signals } from '../../../kernel/index.ts'
import { aborted } from '../../errors.ts'
import type { Capabilities, LiveTable } from '../../store.ts'
import type { Dialect } from './dialect.ts'
import type { Parameter, SqlDriver, SqlResult, SqlTransactionOptions, Statement } from './driver.ts'
import { closed } from './failures.ts'
import type { PlanFinder } from './found-plan.ts'
import type { Link } from './link.ts'
import type { SchemaDialect } from './migrate/schema-dialect.ts'
import { assertMilliseconds } from './milliseconds.ts'
import { createPool, type PoolSettings } from './pool.ts'
import { createTransactions } from './transactions.ts'

export interface ServerSettings extends PoolSettings {
  /** Milliseconds that a transaction may take unless it says otherwise. */
  readonly timeout: number
}

/** Runs a statement and answers with its rows. */
export type Query = (statement: Statement, params: readonly Parameter[]) => Promise<SqlResult>

export interface ServerOptions {
  /** How messages name the database; without secrets. */
  readonly place: string
  readonly dialect: Dialect
  readonly schema: SchemaDialect
  readonly capabilities: Capabilities
  readonly settings: ServerSettings
  readonly signals: Signals
  connect(): Promise<Link>
  inspect(query: Query, names: readonly string[]): Promise<readonly LiveTable[]>
  /** Begins to tell how statements are run. */
  plans(driver: SqlDriver): PlanFinder
  /** Called when the last connection is closed. */
  onClosed?(): Promise<void>
}

/** A driver for databases that are reached by connections: pools them and runs transactions on them. */
export function openServer(options: ServerOptions): SqlDriver {
  const { place, dialect, schema, capabilities, settings, signals, connect, inspect, onClosed } =
    options
  const pool = createPool({ settings, signals, connect })
  const transactions = createTransactions({
    pool,
    signals,
    timeout: settings.timeout,
    isolation: capabilities.isolation[0] ?? 'serializable',
  })
  let closing: Promise<void> | undefined

  const driver: SqlDriver = {
    dialect,
    schema,
    capabilities,
    read(statement, params, scope) {
      if (closing) throw closed(place)
      if (scope && isAborted(scope)) throw aborted(scope.signal)
      return read(statement, params, scope)
    },
    async transaction(work, asked = {}) {
      transactions.assertOutside()
      if (closing) throw closed(place)
      assertOptions(asked)
      return transactions.run(work, asked)
    },
    version: () => undefined,
    plans: () => options.plans(driver),
    assertOutside: transactions.assertOutside,
    async inspect(names, connection) {
      const run = connection ? connection.run.bind(connection) : driver.read
      return inspect(async (statement, params) => run(statement, params), names)
    },
    async ping() {
      await driver.read(one, [])
    },
    gauges: pool.gauges,
    async close() {
      transactions.assertOutside()
      closing ??= pool.close().then(onClosed)
      return closing
    },
  }
  return driver

  /** A read on a link that turns out to be lost is repeated on another, once: it changed nothing. */
  async function read(
    statement: Statement,
    params: readonly Parameter[],
    scope: Scope | undefined,
  ): Promise<SqlResult> {
    for (let again = false; ; again = true) {
      const link = await pool.take({ signal: scope?.signal })
      try {
        return await unlessAborted(link, link.run(statement, params), scope?.signal)
      } catch (error) {
        if (link.alive || again || (scope && isAborted(scope))) throw error
        pool.renew()
      } finally {
        release(link, scope)
      }
    }
  }

  function release(link: Link, scope: Scope | undefined): void {
    if (!scope || !isAborted(scope)) pool.give(link)
    else void link.abandon().finally(() => pool.give(link))
  }

  function assertOptions({ timeout, isolation }: SqlTransactionOptions): void {
    if (timeout !== undefined) assertMilliseconds('transaction: timeout', timeout)
    if (isolation === undefined || capabilities.isolation.includes(isolation)) return
    const known = capabilities.isolation.join(', ')
    throw misuse('transaction: isolation', `is ${JSON.stringify(isolation)}; expected ${known}`)
  }
}

/** Fails as soon as the signal is aborted, whatever the link is waiting for. */
function unlessAborted<T>(
  link: Link,
  running: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!signal || !link.alive) return running
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(aborted(signal))
    signal.addEventListener('abort', onAbort)
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

const one: Statement = { sql: 'SELECT 1', returns: true, single: true, summary: 'ping' }
