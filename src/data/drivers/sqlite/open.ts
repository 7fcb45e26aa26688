import { isAborted } from '../../../kernel/index.ts'
import { aborted } from '../../errors.ts'
import type { Capabilities } from '../../store.ts'
import type { Parameter, SqlDriver, SqlDriverOptions, Statement } from '../sql/driver.ts'
import { isBusy, patiently } from './busy.ts'
import { type ConnectOptions, connect } from './connect.ts'
import { dialect } from './dialect.ts'
import { closed } from './errors.ts'
import { gaugesOf } from './gauges.ts'
import { inspectTables } from './inspect.ts'
import { assertMilliseconds } from './options.ts'
import { createPlanFinder } from './query-plan.ts'
import { createReader, shareWriter } from './reader.ts'
import { schema } from './schema.ts'
import { createWriter } from './writer.ts'

/** Opens a database: one connection that writes for all, one that reads what is committed. */
export async function openDriver(options: ConnectOptions & SqlDriverOptions): Promise<SqlDriver> {
  const { file, settings, signals } = options
  const { writer: session, reader: second } = await connect(options)
  const shared = session === second
  const reader = shared ? shareWriter(session) : createReader(second)
  const writer = createWriter({
    session,
    signals,
    timeout: settings.timeout,
    onCommit: reader.release,
  })
  let closing: Promise<void> | undefined

  const driver: SqlDriver = {
    dialect,
    schema,
    capabilities: { ...capabilities, version: !shared },
    named: second.named,
    read(statement, params, scope) {
      if (closing) throw closed(file)
      if (scope && isAborted(scope)) throw aborted(scope.signal)
      // On the one connection of a database in memory, a group that waits shows unfinished writes.
      if (shared && writer.writing)
        return writer.writing.then(() => driver.read(statement, params, scope))
      try {
        return reader.run(statement, params)
      } catch (error) {
        return retryRead(error, statement, params)
      }
    },
    version() {
      if (closing) throw closed(file)
      try {
        return reader.version?.()
      } catch (error) {
        if (isBusy(error)) return undefined
        throw error
      }
    },
    async transaction(work, scope = {}) {
      writer.assertOutside()
      if (closing) throw closed(file)
      if (scope.timeout !== undefined) assertMilliseconds('transaction: timeout', scope.timeout)
      return writer.submit(work, scope)
    },
    assertOutside: writer.assertOutside,
    async inspect(names, connection) {
      const run = connection ? connection.run.bind(connection) : driver.read
      return inspectTables(async (...query) => (await run(...query)).rows, names)
    },
    plans: () => createPlanFinder(driver.read),
    async ping() {
      await driver.read(one, [])
    },
    gauges: () => gaugesOf(file, writer),
    async close() {
      writer.assertOutside()
      closing ??= finish()
      return closing
    },
  }
  return driver

  /** Rare: another process is recovering the log, or was the last one to close the file. */
  async function retryRead(error: unknown, statement: Statement, params: readonly Parameter[]) {
    if (!isBusy(error)) throw error
    return patiently(() => reader.run(statement, params), settings.timeout)
  }

  /** The last connection to close moves the log into the file. */
  async function finish(): Promise<void> {
    await writer.drained()
    reader.release()
    reader.close()
    session.close()
  }
}

const capabilities: Capabilities = {
  interactive: true,
  // One writes at a time, and readers see what was committed when they began.
  isolation: ['serializable'],
  savepoints: true,
  references: true,
  concurrentWrites: false,
  transactionalSchema: true,
  jsonPaths: true,
  joins: true,
  version: true,
  sql: true,
}

const one: Statement = { sql: 'SELECT 1', returns: true, summary: 'ping' }
