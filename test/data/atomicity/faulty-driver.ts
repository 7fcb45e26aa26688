import type { DataSource } from 'plinth/data'
import type { SqlConnection, SqlDriver, SqlSource, Statement } from 'plinth/data/sqlite'
import { PlinthError } from 'plinth/kernel'

/**
 * - `lost`: the storage fails instead of what was asked of it.
 * - `conflict`: the database itself is made to refuse a key that is taken.
 * - `serialization`: the database itself is made to end the transaction for the sake of another.
 */
export type Fault = 'lost' | 'conflict' | 'serialization'

/** The places at which a driver is asked for something, counted, and the one that fails. */
export class Faults {
  #planned: { readonly at: number; readonly fault: Fault } | undefined
  #count = 0
  #fired = false

  /** Lets the n-th place fail from now on, once. */
  plan(at: number, fault: Fault): void {
    this.#planned = { at, fault }
    this.#count = 0
    this.#fired = false
  }

  /** Lets nothing fail any more; answers whether something did. */
  clear(): boolean {
    this.#planned = undefined
    return this.#fired
  }

  /** Passes a place; answers with what happens there. */
  next(): Fault | undefined {
    this.#count += 1
    if (!this.#planned || this.#fired || this.#count !== this.#planned.at) return undefined
    this.#fired = true
    return this.#planned.fault
  }
}

/** The same source, whose driver fails as `faults` says. */
export function faulty(source: DataSource, faults: Faults): DataSource {
  const inner = source as SqlSource
  const outer: SqlSource = {
    ...inner,
    async openDriver(options) {
      return faultyDriver(await inner.openDriver(options), faults)
    },
  }
  return outer
}

function faultyDriver(driver: SqlDriver, faults: Faults): SqlDriver {
  const serialization = serializationFailures[driver.dialect.name]
  const fail = (connection: SqlConnection | undefined, fault: Fault): unknown => {
    if (fault === 'lost' || !connection) throw storageFailed()
    if (fault === 'conflict') return connection.run(twin, [])
    if (!serialization) throw storageFailed()
    return connection.run(serialization, [])
  }

  return {
    ...driver,
    read(statement, params, scope) {
      if (faults.next()) throw storageFailed()
      return driver.read(statement, params, scope)
    },
    async transaction(work, options) {
      // The place of BEGIN; where work ends is that of COMMIT.
      if (faults.next()) throw storageFailed()
      return driver.transaction((connection) => ending(connection, work), options)
    },
  }

  function wrap(connection: SqlConnection): SqlConnection {
    return {
      run(statement, params) {
        const fault = faults.next()
        if (!fault) return connection.run(statement, params)
        const failed = fail(connection, fault)
        const unreached = () => {
          throw new Error('the fault did not make the statement fail')
        }
        return failed instanceof Promise ? failed.then(unreached) : unreached()
      },
      async savepoint(work) {
        const fault = faults.next()
        if (fault) await fail(connection, fault)
        return connection.savepoint(async (inner) => ending(inner, work))
      },
      afterCommit: (hook) => connection.afterCommit(hook),
      raw: connection.raw,
    }
  }

  /** Runs work, and fails in place of what follows it: COMMIT or RELEASE. */
  function ending<T>(
    connection: SqlConnection,
    work: (connection: SqlConnection) => T | Promise<T>,
  ): T | Promise<T> {
    const settle = (value: T): T | Promise<T> => {
      const fault = faults.next()
      if (!fault) return value
      const failed = fail(connection, fault)
      return failed instanceof Promise ? failed.then(() => value) : value
    }
    const value = work(wrap(connection))
    return value instanceof Promise ? value.then(settle) : settle(value)
  }
}

/** Every row a second time: its keys are taken. */
const twin: Statement = {
  sql: 'INSERT INTO teams SELECT * FROM teams',
  returns: false,
  summary: 'insert teams',
}

const raise: Statement = {
  sql: "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$",
  returns: false,
  summary: 'raise',
}
const signal: Statement = {
  sql: "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213",
  returns: false,
  summary: 'signal',
}

/** Statements that fail as they do when two transactions cannot both go on; SQLite knows no such case. */
const serializationFailures: Readonly<Record<string, Statement | undefined>> = {
  postgresql: raise,
  mariadb: signal,
  mysql: signal,
}

function storageFailed(): PlinthError<'storage_failed'> {
  return new PlinthError('storage_failed', 'The disk is on fire.', { status: 503 })
}
