import { misuse, PlinthError } from '../../../kernel/index.ts'
import { busy, storageFailed } from '../sql/failures.ts'
import { type Fault, faultOf } from './sql-states.ts'

/** What PostgreSQL says about an error, as far as it is read here. */
interface ServerError {
  readonly message: string
  /** The SQLSTATE. */
  readonly code?: string | undefined
  readonly detail?: string | undefined
  readonly column?: string | undefined
  readonly routine?: string | undefined
}

/** What was being done: for the sentences that depend on it. */
export interface Circumstance {
  /** `select notes` */
  readonly summary: string
  readonly reads: boolean
}

/**
 * How an error of PostgreSQL, or of the way to it, reads to the caller. The original, which may hold
 * the statement and values of rows, is its private cause.
 */
export function translate(cause: unknown, circumstance: Circumstance): PlinthError {
  if (cause instanceof PlinthError) return cause
  const state = stateOf(cause)
  if (state === undefined) return connectionLost(cause)
  const fault = faultOf(state)
  if (fault) return faults[fault](cause as ServerError, circumstance)
  return misuse('PostgreSQL', `cannot run "${circumstance.summary}" (SQLSTATE ${state})`, cause)
}

/** Undefined for what does not come from the server. */
function stateOf(error: unknown): string | undefined {
  const code = (error as ServerError | undefined)?.code
  // No class of states begins with E, as names of the operating system's errors do: EPIPE.
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : undefined
}

/** Whether the error says that the connection, and not a statement on it, came to its end. */
export function isLoss(error: unknown): boolean {
  if (error instanceof PlinthError) return false
  const state = stateOf(error)
  return state === undefined || faultOf(state) === 'lost'
}

/**
 * Whether a prepared statement has to be prepared anew: the session has lost it, or its tables were
 * changed since.
 */
export function isStale(error: unknown): boolean {
  const state = stateOf(error)
  if (state === '26000') return true
  return state === '0A000' && (error as ServerError).routine === 'RevalidateCachedQuery'
}

const faults: Readonly<
  Record<Fault, (cause: ServerError, circumstance: Circumstance) => PlinthError>
> = {
  taken(cause) {
    const columns = columnsIn(cause.detail)
    return new PlinthError('conflict', `A row with this ${columns.join(', ') || 'key'} exists.`, {
      status: 409,
      details: { columns },
      cause,
    })
  },
  reference: (cause) =>
    new PlinthError('invalid_reference', 'The row refers to a missing row, or is referred to.', {
      status: 409,
      cause,
    }),
  required: (cause) => invalidValues('A value is required.', cause),
  check: (cause) => invalidValues('The values break a rule of the table.', cause),
  value: (cause) => invalidValues('A value does not fit its column.', cause),
  'too-big': (cause) => tooLarge(cause),
  range(cause, { reads }) {
    if (!reads) return invalidValues('A number is out of the range of its column.', cause)
    const message = 'A result is out of the range of its type.'
    return new PlinthError('out_of_range', message, { status: 422, cause })
  },
  transient: (cause) => busy('The database is busy with other transactions.', cause),
  full: (cause) => busy('The database has no connection to spare.', cause),
  timeout: (cause, { summary }) =>
    new PlinthError('transaction_timeout', `The database gave up "${summary}": it took too long.`, {
      status: 503,
      headers: { 'Retry-After': '1' },
      cause,
    }),
  storage: (cause) => storageFailed('PostgreSQL cannot store or read.', cause),
  lost: (cause) => connectionLost(cause),
  'read-only': (cause) => misuse('transaction', 'it is read-only and cannot write', cause),
  // Names of tables and columns, and nothing else, stand in these messages.
  missing: (cause) =>
    misuse(
      'PostgreSQL',
      `${cause.message}; the database lacks what the tables declare: has migrate() been run?`,
      cause,
    ),
  refused: (cause, { summary }) => misuse('PostgreSQL', `refused "${summary}"`, cause),
}

export function connectionLost(cause: unknown): PlinthError<'storage_failed'> {
  return storageFailed('The connection to PostgreSQL was lost.', cause)
}

/** Why no connection could be made: something in the address, or a server that is not there. */
export function connectionFailed(place: string, cause: unknown): PlinthError {
  const { code, message } = cause as { code?: unknown; message?: string }
  const state = stateOf(cause)
  if (state === undefined) {
    const silent = /timeout expired|terminated/.test(message ?? '')
    if (typeof code !== 'string' && !silent) return misuse(place, `${message}`, cause)
    const reason = typeof code === 'string' ? code : 'no answer'
    return storageFailed(`${place}: the server cannot be reached (${reason}).`, cause)
  }
  const fault = faultOf(state)
  // The server names the user, the database or the rule that is in the way.
  if (!fault || fault === 'refused') return misuse(place, `refused: ${message}`, cause)
  if (fault === 'lost') return storageFailed(`${place}: the server is not ready.`, cause)
  return translate(cause, { summary: 'connect', reads: true })
}

export function tooLarge(cause: unknown): PlinthError {
  return invalidValues('A value is too large to be stored.', cause)
}

function invalidValues(message: string, cause: unknown): PlinthError {
  const { column } = cause as ServerError
  const issues = column === undefined ? [] : [{ path: column, message }]
  return new PlinthError('invalid_values', message, { status: 422, details: { issues }, cause })
}

/** Reads the columns from a detail such as `Key (owner, "order")=(7, x) already exists.`, in any language. */
function columnsIn(detail: string | undefined): string[] {
  const list = detail?.match(/^[^(]*\((.*?)\)=\(/)?.[1]
  return list?.split(', ').map((name) => name.replace(/^"|"$/g, '').replaceAll('""', '"')) ?? []
}
