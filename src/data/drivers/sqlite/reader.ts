import { nextTick } from 'node:process'
import type { Parameter, SqlResult, Statement } from '../sql/driver.ts'
import type { Session } from './session.ts'

/** The connection that reads what is committed. */
export interface Reader {
  run(statement: Statement, params: readonly Parameter[]): SqlResult
  /** Changes with every commit that another connection makes. Only where that means every commit. */
  version?(): number
  /** Lets go of what it looks at: the next read sees what was committed meanwhile. */
  release(): void
  close(): void
}

/**
 * Lets the reads that one callback of the event loop leads to share a snapshot, since taking the
 * file's lock and giving it back costs as much as finding a row. It ends when the callback's
 * microtasks have run: what a request asks for was sent before its snapshot was taken, so it misses
 * nothing that any process had committed by then.
 */
export function createReader(session: Session): Reader {
  let held = false
  return {
    run(statement, params) {
      if (!held) hold()
      return session.run(statement, params)
    },
    version() {
      if (!held) hold()
      return Number(session.run(dataVersion, []).rows[0]?.[0])
    },
    release,
    close: session.close,
  }

  function hold(): void {
    session.exec('BEGIN')
    held = true
    // A tick that is asked for by a microtask comes after all microtasks.
    queueMicrotask(() => nextTick(release))
  }

  function release(): void {
    if (!held) return
    held = false
    if (session.inTransaction) session.exec('COMMIT')
  }
}

const dataVersion: Statement = {
  sql: 'PRAGMA data_version',
  returns: true,
  single: true,
  summary: 'pragma data_version',
}

/** Reads on the connection that writes: the one connection of a database in memory. */
export function shareWriter(session: Session): Reader {
  return { run: session.run, release() {}, close() {} }
}
