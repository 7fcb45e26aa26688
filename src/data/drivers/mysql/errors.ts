import { misuse, PlinthError } from '../../../kernel/index.ts'
import { busy, storageFailed } from '../sql/failures.ts'
import { type Fault, faultOf } from './result-codes.ts'

/** What is known of a failure beside the error itself. */
export interface FailureContext {
  /** What was being done: `insert notes`. */
  readonly summary: string
  /** The columns of the unique key that was taken. */
  readonly columns?: readonly string[]
}

/** The parts of mysql2's errors that are read here. */
interface ServerError {
  readonly code?: string
  readonly errno?: number
  readonly message?: string
  readonly fatal?: boolean
}

/**
 * How an error of the server or of the connection to it reads to the caller. The original, which may
 * quote the statement and its values, is the private cause.
 */
export function translate(error: unknown, context: FailureContext): PlinthError {
  if (error instanceof PlinthError) return error
  const { errno, fatal, code } = partsOf(error)
  const fault = faultOf(errno)
  if (fault) return faults[fault](error, context)
  if (fatal) return connectionLost(error)
  return misuse('MySQL', `"${context.summary}" was refused (${code ?? 'by mysql2'})`, error)
}

/** Whether a connection that failed in this way can no longer be used. */
export function isConnectionLoss(error: unknown): boolean {
  const { errno, fatal } = partsOf(error)
  return fatal === true || faultOf(errno) === 'lost'
}

/** Whether a row was to go, or to change its key, that others refer to. */
export function isStillReferred(error: unknown): boolean {
  return error instanceof PlinthError && faultOf(partsOf(error.cause).errno) === 'referred'
}

/** The name of the key in `Duplicate entry '...' for key '...'`. */
export function takenKey(error: unknown): string | undefined {
  const { errno, message } = partsOf(error)
  if (faultOf(errno) !== 'taken') return undefined
  return message?.match(/ for key '([^']+)'$/)?.[1]
}

function partsOf(error: unknown): ServerError {
  return typeof error === 'object' && error !== null ? error : {}
}

type Translate = (error: unknown, context: FailureContext) => PlinthError

const faults: Readonly<Record<Fault, Translate>> = {
  taken: (cause, { columns = [] }) =>
    new PlinthError('conflict', `A row with this ${columns.join(', ') || 'key'} exists.`, {
      status: 409,
      details: { columns },
      cause,
    }),
  referred: (cause) =>
    new PlinthError('invalid_reference', 'Other rows still refer to this one.', {
      status: 409,
      cause,
    }),
  unreferred: (cause) =>
    new PlinthError('invalid_reference', 'A row that the values refer to does not exist.', {
      status: 409,
      cause,
    }),
  required: (cause) => invalidValue('A value is required.', cause),
  check: (cause) => invalidValue('The values break a rule of the table.', cause),
  datatype: (cause) => invalidValue('The value has the wrong type.', cause),
  range: (cause) => invalidValue('The value is out of range.', cause),
  'too-long': (cause) => invalidValue('The value is too long.', cause),
  'too-big': (cause) => tooBig(cause),
  overflow: (cause) =>
    new PlinthError('out_of_range', 'The result is beyond what can be represented exactly.', {
      status: 422,
      cause,
    }),
  doomed: (cause) => busy('The rows are being written by another transaction.', cause),
  crowded: (cause) => busy('The database server takes no more connections or statements.', cause),
  slow: (cause, { summary }) => tooSlow(`The server ended "${summary}": it took too long.`, cause),
  lost: (cause) => connectionLost(cause),
  storage: (cause) => storageFailed('The database server cannot store or read.', cause),
  'read-only': (cause, { summary }) =>
    misuse(`"${summary}"`, 'the transaction or the server is read only', cause),
  'no-structure': (cause, { summary }) =>
    misuse(
      `"${summary}"`,
      `${structureIn(cause)} does not exist; the database lacks what the tables declare: ` +
        'has migrate() been run?',
      cause,
    ),
}

function invalidValue(message: string, cause: unknown): PlinthError<'invalid_values'> {
  const column = partsOf(cause).message?.match(
    /[Cc]olumn (?:`[^`]*`\.)*[`']([^`']+)[`'](?: at|$| cannot)/,
  )?.[1]
  const issues = column === undefined ? [] : [{ path: column, message }]
  return new PlinthError('invalid_values', message, { status: 422, details: { issues }, cause })
}

/**
 * Why no connection could be made: a mistake in the address or the rights of the user, or that the
 * server does not answer.
 */
export function connectionFailed(place: string, error: unknown): PlinthError {
  if (error instanceof PlinthError) return error
  const { code = '', errno, message = '' } = partsOf(error)
  const reason = mistakes[code]
  if (reason !== undefined) return misuse(place, reason, error)
  const fault = faultOf(errno)
  if (fault === 'crowded') return faults.crowded(error, { summary: 'connect' })
  if (errno !== undefined && errno >= 1000 && fault === undefined) {
    return misuse(place, `the server refused the connection (${code})`, error)
  }
  return storageFailed(`${place}: the server does not answer (${code || message}).`, error)
}

const mistakes: Readonly<Record<string, string>> = {
  ER_ACCESS_DENIED_ERROR: 'the server refused the user or the password',
  ER_DBACCESS_DENIED_ERROR: 'the user may not use this database',
  ER_BAD_DB_ERROR: 'the database does not exist; create it first',
  HANDSHAKE_NO_SSL_SUPPORT: 'the server has no TLS; leave the option "tls" out',
  HANDSHAKE_SSL_ERROR: 'the certificate of the server was not accepted',
}

/** Names of tables and columns stand in code: they may be told. */
function structureIn(cause: unknown): string {
  const { errno, message = '' } = partsOf(cause)
  const name = message
    .match(/'([^']+)'/)?.[1]
    ?.split('.')
    .at(-1)
  const kind = errno === 1146 ? 'table' : errno === 1054 ? 'column' : 'index'
  return name === undefined ? `a ${kind}` : `${kind} "${name}"`
}

export function connectionLost(cause?: unknown): PlinthError<'storage_failed'> {
  return storageFailed('The connection to the database server was lost.', cause)
}

function tooSlow(message: string, cause: unknown): PlinthError<'transaction_timeout'> {
  return new PlinthError('transaction_timeout', message, {
    status: 503,
    headers: { 'Retry-After': '1' },
    cause,
  })
}

export function tooBig(cause?: unknown): PlinthError<'invalid_values'> {
  return invalidValue('A value is too large to be stored.', cause)
}
