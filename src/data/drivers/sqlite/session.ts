import type { NamedRow, StoredRow, StoredValue } from '../../value.ts'
import type { Parameter, SqlResult, Statement } from '../sql/driver.ts'
import type { Engine, Prepared } from './engine.ts'
import { translate } from './errors.ts'

/** One connection with its prepared statements. Errors leave it translated. */
export interface Session {
  /** Whether statements may be `named`. */
  readonly named: boolean
  run(statement: Statement, params: readonly Parameter[]): SqlResult
  /** Runs a statement as somebody else wrote it; its rows are objects. */
  raw(sql: string, params: readonly Parameter[]): RawResult
  exec(sql: string): void
  readonly inTransaction: boolean
  close(): void
}

export interface RawResult {
  readonly rows: readonly Record<string, unknown>[]
  readonly changes: number
}

interface Handle {
  readonly prepared: Prepared
  /** Whether its rows are objects. */
  readonly named: boolean
  /** Whether rows answered are rows written (RETURNING). */
  readonly writes: boolean
  /** Whether its integers come as bigint. */
  readonly bigints: boolean
}

export function createSession(engine: Engine): Session {
  // Held weakly: a plan that the core drops takes its prepared handle along.
  const handles = new WeakMap<Statement, Handle>()
  // The few statements that bracket transactions, run far too often to be parsed each time.
  const brackets = new Map<string, Prepared>()

  return {
    named: engine.named ?? false,
    run(statement, params) {
      try {
        return execute(statement, params)
      } catch (error) {
        throw translate(error, engine.resultCode(error))
      }
    },
    raw(sql, params) {
      try {
        return executeRaw(sql, params)
      } catch (error) {
        throw translate(error, engine.resultCode(error))
      }
    },
    exec(sql) {
      try {
        bracket(sql).run([])
      } catch (error) {
        throw translate(error, engine.resultCode(error))
      }
    },
    get inTransaction() {
      return engine.inTransaction
    },
    close: engine.close,
  }

  function execute(statement: Statement, params: readonly Parameter[]): SqlResult {
    const { prepared, named, writes, bigints } = handles.get(statement) ?? compile(statement)
    if (named) return { rows: [], changes: 0, named: namedRows(prepared, params, bigints) }
    if (!statement.returns) return { rows: [], changes: prepared.run(params) }
    const rows = statement.single ? one(prepared.get(params)) : prepared.all(params)
    if (bigints) rows.forEach(narrow)
    return { rows, changes: writes ? rows.length : 0 }
  }

  function executeRaw(sql: string, params: readonly Parameter[]): RawResult {
    const prepared = engine.prepare(sql, { bigints: true })
    const names = prepared.columns()
    if (names.length === 0) return { rows: [], changes: prepared.run(params) }
    const rows = prepared.all(params)
    rows.forEach(narrow)
    return {
      rows: rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]]))),
      changes: WRITES.test(sql) ? rows.length : 0,
    }
  }

  function compile(statement: Statement): Handle {
    const { sql, returns, named = false, kinds = [] } = statement
    // Costs time, so only where integers beyond 2^53 may be among the rows.
    const bigints = kinds.includes('bigint')
    const handle = {
      prepared: engine.prepare(sql, { returns, bigints, named }),
      named,
      bigints,
      writes: WRITES.test(sql),
    }
    handles.set(statement, handle)
    return handle
  }

  function bracket(sql: string): Prepared {
    const prepared = brackets.get(sql) ?? engine.prepare(sql, { returns: false, bigints: false })
    brackets.set(sql, prepared)
    return prepared
  }
}

const WRITES = /^\s*(insert|update|delete|replace)\b/i

function one(row: StoredRow | null | undefined): StoredRow[] {
  return row ? [row] : []
}

/** What an engine answers to a statement that was prepared as `named`. */
function namedRows(prepared: Prepared, params: readonly Parameter[], bigints: boolean): NamedRow[] {
  const rows = prepared.all(params) as readonly unknown[] as NamedRow[]
  if (!bigints) return rows
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) row[name] = narrowed(value)
  }
  return rows
}

function narrow(row: StoredRow): void {
  const values = row as StoredValue[]
  for (const [at, value] of values.entries()) values[at] = narrowed(value)
}

/** Engines answer every integer of such a statement as bigint: turns one that fits into a number. */
function narrowed(value: StoredValue): StoredValue {
  if (typeof value !== 'bigint') return value
  const fits = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
  return fits ? Number(value) : value
}
