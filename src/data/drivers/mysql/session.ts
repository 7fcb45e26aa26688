import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, FieldPacket, ResultSetHeader, TypedParameter } from 'mysql2'
import type { PlinthError } from '../../../kernel/index.ts'
import type { Parameter, SqlResult, Statement } from '../sql/driver.ts'
import { connectionLost, isConnectionLoss, takenKey, tooBig, translate } from './errors.ts'
import { spreadLists } from './lists.ts'
import { type Convert, convertBy, convertByFields, sizeOf, toParameters } from './values.ts'

export interface SessionOptions {
  /** Connected. */
  readonly connection: Connection
  readonly socket: Socket
  readonly types: TypedParameter
}

/** The longest that a server is given to take its leave. */
const PARTING_MS = 1000

/** One connection with its prepared statements. Errors leave it translated. */
export interface Session {
  /** The server's number of the connection: what KILL is told. */
  readonly id: number
  /** Why it can no longer be used. */
  readonly lost: PlinthError | undefined
  /** How often it was answered. */
  readonly answered: number
  /** Since when something has been waiting for an answer, on the clock of `performance`. */
  readonly waitingSince: number | undefined
  /** Statements with more bytes are refused: for them, the server would drop the connection. */
  maxPacket: number
  run(statement: Statement, params: readonly Parameter[]): Promise<SqlResult>
  /** Runs a statement as somebody else wrote it; its rows are objects. */
  raw(sql: string, params: readonly unknown[]): Promise<RawResult>
  /** Runs a statement without parameters that is not worth preparing. */
  exec(sql: string): Promise<void>
  /** Cuts the connection: whatever waits for an answer fails with `reason`. */
  destroy(reason: PlinthError): void
  /** Takes leave of the server. */
  end(): Promise<void>
}

export interface RawResult {
  readonly rows: readonly Record<string, unknown>[]
  readonly changes: number
}

type Reject = (error: unknown) => void
type Answer = (error: unknown, result: unknown, fields?: readonly FieldPacket[]) => void

/** A statement and its text with the lists written out. */
interface Written {
  readonly statement: Statement
  readonly sql: string
}

export function createSession({ connection, socket, types }: SessionOptions): Session {
  const pending = new Set<Reject>()
  const converts = new WeakMap<Statement, Convert>()
  let lost: PlinthError | undefined
  let answered = 0
  let answeredAt = 0

  // Of some losses the package tells those who wait, of others only its own listeners.
  connection.on('error', (error) => lose(connectionLost(error)))
  socket.once('close', () => lose(connectionLost()))

  const session: Session = {
    id: connection.threadId ?? 0,
    maxPacket: Number.POSITIVE_INFINITY,
    get lost() {
      return lost
    },
    get answered() {
      return answered
    },
    get waitingSince() {
      return pending.size > 0 ? answeredAt : undefined
    },
    async run(statement, params) {
      const { sql, params: values, once } = spreadLists(statement.sql, params)
      const sent = toParameters(values, types)
      if (sizeOf(sent) + sql.length > session.maxPacket) throw tooBig()
      try {
        return await execute({ statement, sql }, sent)
      } catch (error) {
        throw await explain(error, statement.summary)
      } finally {
        if (once && !lost) connection.unprepare(sql)
      }
    },
    async raw(sql, params) {
      try {
        return await ask(
          (answer) => connection.execute({ sql, values: toParameters(params, types) }, answer),
          toRawResult,
        )
      } catch (error) {
        throw await explain(error, 'statement')
      }
    },
    async exec(sql) {
      try {
        await ask(
          (answer) => connection.query({ sql }, answer),
          () => undefined,
        )
      } catch (error) {
        throw await explain(error, sql)
      }
    },
    destroy: lose,
    async end() {
      if (lost) return
      const parted = new Promise((resolve) => socket.once('close', resolve))
      connection.end(() => socket.end())
      await Promise.race([parted, sleep(PARTING_MS, undefined, { ref: false })])
      socket.destroy()
    },
  }
  return session

  function execute({ statement, sql }: Written, values: unknown[]): Promise<SqlResult> {
    return ask(
      (answer) => connection.execute({ sql, values }, answer),
      (result, fields) => {
        if (!Array.isArray(result)) {
          return { rows: [], changes: (result as ResultSetHeader).affectedRows }
        }
        const convert = converts.get(statement) ?? convertFor(statement, fields ?? [])
        return { rows: (result as unknown[][]).map(convert), changes: 0 }
      },
    )
  }

  function convertFor(statement: Statement, fields: readonly FieldPacket[]): Convert {
    if (!statement.kinds) return convertByFields(fields)
    const convert = convertBy(statement.kinds)
    converts.set(statement, convert)
    return convert
  }

  /** Sends something and waits for its answer, or for the end of the connection. */
  function ask<T>(
    send: (answer: Answer) => void,
    read: (result: unknown, fields?: readonly FieldPacket[]) => T,
  ): Promise<T> {
    if (lost) return Promise.reject(lost)
    return new Promise((resolve, reject) => {
      if (pending.size === 0) answeredAt = performance.now()
      pending.add(reject)
      const answer: Answer = (error, result, fields) => {
        if (!pending.delete(reject)) return
        if (isConnectionLoss(error)) return reject(lose(connectionLost(error)))
        answered += 1
        answeredAt = performance.now()
        if (error) reject(error)
        else resolve(read(result, fields))
      }
      try {
        send(answer)
      } catch (error) {
        pending.delete(reject)
        reject(error)
      }
    })
  }

  async function explain(error: unknown, summary: string): Promise<PlinthError> {
    const key = takenKey(error)
    if (key === undefined) return translate(error, { summary })
    return translate(error, { summary, columns: await columnsOf(key, summary) })
  }

  /** The columns of a unique key, of which the server tells the name only. */
  async function columnsOf(key: string, summary: string): Promise<string[]> {
    const table = summary.split(' ').at(-1) ?? ''
    // MySQL puts the table in front.
    const name = key.startsWith(`${table}.`) ? key.slice(table.length + 1) : key
    try {
      const { rows } = await execute({ statement: keyColumns, sql: keyColumns.sql }, [
        table,
        key,
        name,
      ])
      return rows.map(([column]) => String(column))
    } catch {
      return []
    }
  }

  /** Answers with the first reason for the loss: others are its consequences. */
  function lose(reason: PlinthError): PlinthError {
    if (lost) return lost
    lost = reason
    for (const reject of pending) reject(reason)
    pending.clear()
    connection.destroy()
    socket.destroy()
    return lost
  }
}

function toRawResult(result: unknown, fields: readonly FieldPacket[] = []): RawResult {
  if (!Array.isArray(result)) {
    return { rows: [], changes: (result as ResultSetHeader).affectedRows }
  }
  const convert = convertByFields(fields)
  const names = fields.map(({ name }) => name)
  const rows = (result as unknown[][]).map((row) => {
    const values = convert(row)
    return Object.fromEntries(names.map((name, at) => [name, values[at]]))
  })
  return { rows, changes: 0 }
}

const keyColumns: Statement = {
  sql:
    'SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE() ' +
    'AND table_name = ? AND index_name IN (?, ?) ORDER BY seq_in_index',
  returns: true,
  summary: 'inspect index',
}
