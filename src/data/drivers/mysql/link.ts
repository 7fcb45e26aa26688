import { setTimeout as sleep } from 'node:timers/promises'
import { misuse } from '../../../kernel/index.ts'
import type { Isolation, Parameter, SqlResult, Statement } from '../sql/driver.ts'
import { indeterminate, storageFailed } from '../sql/failures.ts'
import type { BeginOptions, Link } from '../sql/link.ts'
import type { BoundValues } from './bound-values.ts'
import { deleteTogether } from './delete-together.ts'
import { isStillReferred } from './errors.ts'
import type { Server } from './server.ts'
import type { Session } from './session.ts'

export interface LinkOptions {
  readonly session: Session
  readonly server: Server
  /** Milliseconds that the server lets a statement run, as the session was set up. */
  readonly statementTimeout: number
  /** Told of what statements are run with. */
  readonly values: BoundValues
  /** Ends another connection, by its number. */
  kill(id: number): Promise<void>
}

/** What an answer may take beyond the time that the server itself allows a statement. */
const GRACE_MS = 5000
/** The longest that anybody waits for the end of what is given up. */
const PARTING_MS = 1000
/** The savepoint of what takes several statements. */
const TOGETHER = 'plinth_together'

/** A connection as pools and transactions see it. */
export function createLink({ session, server, statementTimeout, kill, values }: LinkOptions): Link {
  let open = false
  let limit = statementTimeout
  let held: Promise<unknown> | undefined

  return {
    get alive() {
      return session.lost === undefined
    },
    get answered() {
      return session.answered
    },
    run(statement, params) {
      values.note(statement.sql, params)
      return inTurn(() => (open ? runInside(statement, params) : session.run(statement, params)))
    },
    raw: {
      dialect: server.name,
      async run(sql, params) {
        if (COMMITS.test(sql)) throw misuse('statement', COMMITTING)
        return inTurn(() => session.raw(sql, params))
      },
    },
    async begin(options) {
      const commands = [...limitTo(options.timeout), ...beginning(options, server)]
      await Promise.all(commands.map((sql) => session.exec(sql)))
      open = true
    },
    commit: () => inTurn(commit),
    rollback: () => inTurn(() => end('ROLLBACK')),
    savepoint: (depth) => inTurn(() => session.exec(`SAVEPOINT plinth_${depth}`)),
    release: (depth) => inTurn(() => session.exec(`RELEASE SAVEPOINT plinth_${depth}`)),
    rollBackTo: (depth) => inTurn(() => undo(`plinth_${depth}`)),
    async abandon() {
      const parting = session.waitingSince === undefined ? end('ROLLBACK') : cut()
      await Promise.race([parting.catch(() => undefined), sleep(PARTING_MS)])
      if (session.waitingSince !== undefined) session.destroy(givenUp())
    },
    check(now) {
      const { waitingSince = now } = session
      if (now - waitingSince > limit + GRACE_MS) session.destroy(silent())
    },
    close: () => session.end(),
  }

  /**
   * Changes of structure commit the transaction as a side effect, even where they fail: what follows
   * them gets a transaction of its own, instead of being committed statement by statement.
   */
  async function runInside(statement: Statement, params: readonly Parameter[]): Promise<SqlResult> {
    if (!COMMITS.test(statement.sql)) return runOrDelete(statement, params)
    try {
      return await session.run(statement, params)
    } finally {
      if (!session.lost) await session.exec('START TRANSACTION')
    }
  }

  async function runOrDelete(
    statement: Statement,
    params: readonly Parameter[],
  ): Promise<SqlResult> {
    try {
      return await session.run(statement, params)
    } catch (error) {
      if (!isStillReferred(error)) throw error
      const deleting = deleteWhole(statement, params)
      held = deleting.catch(() => undefined)
      const changes = await deleting.finally(() => {
        held = undefined
      })
      if (changes === undefined) throw error
      return { rows: [], changes }
    }
  }

  /** Answers with undefined, and has undone what it did, where rows that stay refer to those that go. */
  async function deleteWhole(
    statement: Statement,
    params: readonly Parameter[],
  ): Promise<number | undefined> {
    await session.exec(`SAVEPOINT ${TOGETHER}`)
    const deleted = await deleteTogether(session.run, statement, params)
    if (deleted === undefined) await undo(TOGETHER)
    else await session.exec(`RELEASE SAVEPOINT ${TOGETHER}`)
    return deleted
  }

  /** What takes several statements keeps those that were asked for later waiting. */
  function inTurn<T>(send: () => Promise<T>): Promise<T> {
    return held ? held.then(send) : send()
  }

  async function undo(savepoint: string): Promise<void> {
    const undone = session.exec(`ROLLBACK TO SAVEPOINT ${savepoint}`)
    await Promise.all([undone, session.exec(`RELEASE SAVEPOINT ${savepoint}`)])
  }

  async function commit(): Promise<void> {
    // What could not even be sent is not stored.
    if (session.lost) throw session.lost
    try {
      await end('COMMIT')
    } catch (error) {
      throw session.lost ? indeterminate(error) : error
    }
  }

  async function end(sql: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    open = false
    await session.exec(sql)
  }

  /** The server goes on with what it runs for a client that is gone: it is told to end it. */
  async function cut(): Promise<void> {
    open = false
    session.destroy(givenUp())
    await kill(session.id)
  }

  /** Statements of a transaction that was given more time may take longer. */
  function limitTo(timeout: number): string[] {
    const wanted = Math.max(statementTimeout, Math.ceil(timeout))
    if (wanted === limit) return []
    limit = wanted
    return [`SET SESSION ${statementLimit(server, wanted)}`]
  }
}

/** MySQL limits only reads by itself; what writes too long is cut by `abandon`. */
export function statementLimit({ name }: Server, milliseconds: number): string {
  const whole = Math.ceil(milliseconds)
  return name === 'mariadb'
    ? `max_statement_time = ${whole / 1000}`
    : `max_execution_time = ${whole}`
}

// https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html
const COMMITS =
  /^\s*(analyze\s+(local|no_write_to_binlog|table)|alter|cache|(create|drop)\s+(?!temporary)|flush|grant|install|lock|optimize|rename|repair|reset|revoke|truncate|uninstall|unlock)\b/i

const COMMITTING =
  'changes of structure commit the transaction on MySQL and MariaDB; they belong into migrations'

export const DEFAULT_ISOLATION: Isolation = 'read committed'

function beginning({ isolation, readOnly }: BeginOptions, { snapshots }: Server): string[] {
  const start = readOnly ? 'START TRANSACTION READ ONLY' : 'START TRANSACTION'
  if (isolation === DEFAULT_ISOLATION) return [start]
  // MySQL lets those who read the same row overwrite each other's update, unless reading locks it.
  const stricter = isolation === 'repeatable read' && !readOnly && !snapshots
  const level = stricter ? 'serializable' : isolation
  return [`SET TRANSACTION ISOLATION LEVEL ${level.toUpperCase()}`, start]
}

function givenUp(): ReturnType<typeof storageFailed> {
  return storageFailed('The connection was given up together with what it was running.')
}

function silent(): ReturnType<typeof storageFailed> {
  return storageFailed('The database server did not answer.')
}
