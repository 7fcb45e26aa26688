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

/** Reads of one callback that are made each by itself: the bracket around a snapshot costs as much. */
const ALONE = 2

/**
 * Lets the reads that one callback of the event loop leads to share a snapshot, once there are more
 * than a few of them, since taking the file's lock and giving it back costs as much as finding a row.
 * It ends when the callback's microtasks have run: what a request asks for was sent before its
 * snapshot was taken, so it misses nothing that any process had committed by then.
 */
export function createReader(session: Session): Reader {
  let held = false
  let reads = 0
  return {
    run(statement, params) {
      count()
      return session.run(statement, params)
    },
    version() {
      count()
      return Number(session.run(dataVersion, []).rows[0]?.[0])
    },
    release,
    close: session.close,
  }

  function count(): void {
    reads += 1
    // Asked for by a microtask, a tick comes after all of them; a callback's own reads end before.
    if (reads === 1) nextTick(release)
    if (reads <= ALONE || held) return
    session.exec('BEGIN')
    held = true
  }

  function release(): void {
    reads = 0
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
