import { misuse, type PlinthError } from '../../../kernel/index.ts'
import type { Commands } from '../sql/level.ts'
import type { Session } from './session.ts'

/**
 * What transactions run on the connection that writes. Each depth has a name of its own: going back
 * to a level must undo the levels left open inside it as well.
 */
export function createCommands(session: Session): Commands {
  return {
    run: session.run,
    raw: { dialect: 'sqlite', run: session.raw },
    savepoint: (depth) => session.exec(`SAVEPOINT plinth_${depth}`),
    release: (depth) => session.exec(`RELEASE plinth_${depth}`),
    rollBackTo(depth) {
      try {
        session.exec(`ROLLBACK TO plinth_${depth}`)
        session.exec(`RELEASE plinth_${depth}`)
      } catch (error) {
        // What cannot be undone alone is undone together with all else.
        if (session.inTransaction) session.exec('ROLLBACK')
        throw error
      }
    },
  }
}

/** The same for transactions that only read. The connection writes for others: each statement is bracketed. */
export function createReadOnlyCommands(session: Session): Commands {
  const commands = createCommands(session)
  return {
    ...commands,
    run: (statement, params) => reading(session, () => session.run(statement, params)),
    raw: {
      dialect: 'sqlite',
      run: (sql, params) => reading(session, () => session.raw(sql, params)),
    },
  }
}

function reading<T>(session: Session, run: () => T): T {
  session.exec('PRAGMA query_only = ON')
  try {
    return run()
  } catch (error) {
    const { cause } = error as PlinthError
    const refused = cause instanceof Error && /readonly database/.test(cause.message)
    throw refused ? misuse('transaction', 'it is read-only and cannot write', cause) : error
  } finally {
    session.exec('PRAGMA query_only = OFF')
  }
}
