import { setTimeout as sleep } from 'node:timers/promises'
import { misuse, type PlinthError } from '../../../kernel/index.ts'
import type { RawSql } from '../../store.ts'
import type { StoredRow } from '../../value.ts'
import type { Parameter, SqlResult, Statement } from '../sql/driver.ts'
import { indeterminate, storageFailed } from '../sql/failures.ts'
import type { BeginOptions, Link } from '../sql/link.ts'
import { Brackets } from './brackets.ts'
import { connectionLost, isLoss, isStale, translate } from './errors.ts'
import { type Facts, factsOf, PreparedStatements } from './prepared.ts'
import { decoderOfType, toWire } from './values.ts'
import type { Answer, Outcome, Step, Wire, WireColumn } from './wire.ts'

export interface SessionOptions {
  readonly wire: Wire
  /** Milliseconds after which the server itself ends a statement. */
  readonly statementTimeout: number
}

/** How much longer than the server's own limits an answer may take. */
const OVERDUE_MS = 5000
/** How long a server is waited for that is to end what it does. */
const ABANDON_MS = 1000

/** One connection to PostgreSQL: prepared statements, and transactions of few round trips. */
export class Session implements Link {
  readonly #wire: Wire
  readonly #statementTimeout: number
  readonly #prepared = new PreparedStatements()
  readonly #brackets = new Brackets()
  #answered = 0
  #patience: number
  #since: number | undefined
  #last: Promise<unknown> | undefined
  /** Why nothing but a rollback can follow. */
  #broken: PlinthError | undefined

  constructor({ wire, statementTimeout }: SessionOptions) {
    this.#wire = wire
    this.#statementTimeout = statementTimeout
    this.#patience = statementTimeout
  }

  get alive(): boolean {
    return this.#wire.open
  }

  get answered(): number {
    return this.#answered
  }

  async run(statement: Statement, params: readonly Parameter[]): Promise<SqlResult> {
    const answer = await this.#inTurn(() => this.#run(statement, params))
    return toResult(answer, factsOf(statement))
  }

  readonly raw: RawSql = {
    dialect: 'postgresql',
    run: async (sql, params) => {
      const statement = statementOf(sql)
      const answer = await this.#inTurn(() => this.#run(statement, params))
      const { rows, changes } = toResult(answer, factsOf(statement))
      return { rows: rows.map((row) => toRecord(row, answer.columns)), changes }
    },
  }

  begin({ isolation, readOnly, timeout }: BeginOptions): void {
    const mode = `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()} READ ${readOnly ? 'ONLY' : 'WRITE'}`
    this.#patience = Math.max(timeout, this.#statementTimeout)
    this.#brackets.begin(timeout > this.#statementTimeout ? [mode, ...patient(timeout)] : [mode])
  }

  savepoint(depth: number): void {
    void this.#inTurn(async () => this.#brackets.savepoint(depth))
  }

  release(depth: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#broken) throw this.#broken
      this.#brackets.release(depth)
    })
  }

  rollBackTo(depth: number): Promise<void> {
    return this.#inTurn(async () => this.#brackets.rollBackTo(depth))
  }

  commit(): Promise<void> {
    return this.#inTurn(() => this.#commit())
  }

  rollback(): Promise<void> {
    return this.#inTurn(() => this.#rollback())
  }

  async abandon(): Promise<void> {
    if (!this.alive) return
    const running = this.#last
    this.#broken ??= storageFailed('The transaction was given up.')
    if (!this.#wire.destroy) return this.rollback()
    // The process on the server ends what it does; until then its number cannot become another's.
    const idle = running
      ? await inTime(Promise.all([this.#wire.cancel(), running])).then(() => false)
      : await inTime(this.rollback())
    if (!idle) this.#wire.destroy()
  }

  check(now: number): void {
    if (this.#since !== undefined && now - this.#since > this.#patience + OVERDUE_MS) {
      this.#wire.destroy?.()
    }
  }

  close(): Promise<void> {
    return this.#wire.end()
  }

  /** One after the other, also where the caller did not wait. */
  #inTurn<T>(command: () => Promise<T>): Promise<T> {
    const result = this.#last ? this.#last.then(command, command) : command()
    const settled = (): void => {
      if (this.#last === result) this.#last = undefined
    }
    this.#last = result
    result.then(settled, settled)
    return result
  }

  async #run(statement: Statement, params: readonly Parameter[]): Promise<Answer> {
    for (let again = false; ; again = true) {
      if (this.#broken) throw this.#broken
      const facts = factsOf(statement)
      const ahead = this.#brackets.before()
      const step = this.#step(statement, params)
      const { answers, error, idle } = await this.#send([...ahead.map(toStep), step])
      this.#prepared.settle(statement, answers.length > ahead.length ? undefined : error)
      const answer = answers[ahead.length]
      if (answer) {
        if (idle && this.#brackets.open) throw this.#break(endedBy(statement))
        this.#brackets.succeeded(facts.reads)
        return answer
      }
      const { reads } = facts
      const failure = translate(error, { summary: statement.summary, reads })
      if (answers.length < ahead.length) this.#break(failure)
      else this.#brackets.failed()
      if (again || !isStale(error) || this.#broken) throw failure
    }
  }

  #break(reason: PlinthError): PlinthError {
    this.#broken = reason
    return reason
  }

  async #commit(): Promise<void> {
    const commands = this.#brackets.commit()
    if (this.#broken) throw this.#broken
    if (!this.alive) throw connectionLost(undefined)
    this.#end()
    if (commands.length === 0) return
    const { answers, error } = await this.#send(commands.map(toStep))
    const tag = answers[commands.length - 1]?.tag
    if (tag === commands.at(-1)) return
    if (tag !== undefined) throw storageFailed('PostgreSQL rolled the transaction back.')
    throw isLoss(error)
      ? indeterminate(error)
      : translate(error, { summary: 'commit', reads: false })
  }

  async #rollback(): Promise<void> {
    const commands = this.#brackets.rollback()
    this.#end()
    if (commands.length === 0) return
    const { answers, error } = await this.#send(commands.map(toStep))
    if (answers.length === 0) throw translate(error, { summary: 'rollback', reads: false })
  }

  #end(): void {
    this.#brackets.end()
    this.#broken = undefined
    this.#patience = this.#statementTimeout
  }

  #step(statement: Statement, params: readonly Parameter[]): Step {
    const { name, known } = this.#prepared.take(statement)
    return {
      text: statement.sql,
      name,
      parse: !known,
      describe: statement.returns && !statement.kinds,
      values: params.map(toWire),
    }
  }

  async #send(steps: readonly Step[]): Promise<Outcome> {
    this.#since = performance.now()
    const outcome = await this.#wire.send(steps, this.#prepared.takeForgotten())
    this.#since = undefined
    const lost = outcome.error !== undefined && isLoss(outcome.error)
    // The last words of a process reach us before the end of its connection does.
    if (lost) this.#wire.destroy?.()
    if (outcome.answers.length > 0 || !lost) this.#answered += 1
    return outcome
  }
}

/** What follows would be stored one by one, whatever became of the transaction. */
function endedBy({ summary }: Statement): PlinthError {
  return misuse('transaction', `"${summary}" ended it; that is for its function's end to do`)
}

/** A command without a name: it outlives whatever happens to prepared statements. */
function toStep(text: string): Step {
  return { text, name: '', parse: true, describe: false, values: [] }
}

/** The server's own limits for transactions that may take longer than usual: there are few of them. */
const LIMITS_MS = [60_000, 600_000, 3_600_000, 86_400_000]

function patient(timeout: number): string[] {
  const limit = LIMITS_MS.find((one) => one >= timeout) ?? 0
  return [
    `SET LOCAL statement_timeout = ${limit}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${limit}`,
  ]
}

function toResult({ rows, columns, tag }: Answer, { decoders, reads }: Facts): SqlResult {
  const decode = decoders ?? columns.map(({ type }) => decoderOfType(type))
  for (const row of rows as unknown[][]) {
    for (let at = 0; at < decode.length; at++) {
      const value = row[at]
      const convert = decode[at]
      if (convert && typeof value === 'string') row[at] = convert(value)
    }
  }
  return { rows: rows as readonly StoredRow[], changes: reads ? 0 : countOf(tag) }
}

function toRecord(
  row: StoredRow,
  columns: readonly WireColumn[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(columns.map(({ name }, at) => [name, row[at]]))
}

/** Statements of other authors, by their texts: as many as are worth preparing. */
const texts = new Map<string, Statement>()
const MOST_TEXTS = 256

function statementOf(sql: string): Statement {
  const found = texts.get(sql)
  if (found) return found
  if (texts.size === MOST_TEXTS) texts.clear()
  const statement = { sql, returns: true, summary: 'statement' }
  texts.set(sql, statement)
  return statement
}

/** Reads the number from `INSERT 0 5` or `UPDATE 5`. */
function countOf(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(' ') + 1))
  return Number.isNaN(count) ? 0 : count
}

async function inTime(work: Promise<unknown>): Promise<boolean> {
  const ended = work.then(
    () => true,
    () => false,
  )
  return Promise.race([ended, sleep(ABANDON_MS, false, { ref: false })])
}
