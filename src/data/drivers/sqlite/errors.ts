import { misuse, PlinthError } from '../../../kernel/index.ts'
import { type Fault, faultOf } from './result-codes.ts'

/** How an error of SQLite reads to the caller; the original is its private cause. */
export function translate(error: unknown, code: number | undefined): PlinthError {
  if (error instanceof PlinthError) return error
  const fault = code === undefined ? undefined : faultOf(code)
  const message = error instanceof Error ? error.message : String(error)
  // A sum has no code of its own.
  if (message === 'integer overflow') return outOfRange(error)
  return fault ? faults[fault](message, error) : misuse('SQLite', explain(message), error)
}

const faults: Readonly<Record<Fault, (message: string, cause: unknown) => PlinthError>> = {
  taken(message, cause) {
    const columns = columnsIn(message)
    return new PlinthError('conflict', `A row with this ${columns.join(', ') || 'key'} exists.`, {
      status: 409,
      details: { columns },
      cause,
    })
  },
  reference: (_, cause) =>
    new PlinthError('invalid_reference', 'The row refers to a missing row, or is referred to.', {
      status: 409,
      cause,
    }),
  required: (text, cause) => invalidValue(text, 'A value is required.', cause),
  check: (_, cause) =>
    new PlinthError('invalid_values', 'The values break a rule of the table.', {
      status: 422,
      cause,
    }),
  datatype: (text, cause) => invalidValue(text, 'The value has the wrong type.', cause),
  'too-big': (_, cause) =>
    new PlinthError('invalid_values', 'A value is too large to be stored.', { status: 422, cause }),
  busy: (_, cause) => busy('The database is in use by another process.', cause),
  storage: (message, cause) => storageFailed(`SQLite cannot store or read: ${message}.`, cause),
}

function invalidValue(text: string, message: string, cause: unknown): PlinthError {
  const issues = columnsIn(text).map((path) => ({ path, message }))
  return new PlinthError('invalid_values', message, { status: 422, details: { issues }, cause })
}

/**
 * Reads the columns from a message such as `UNIQUE constraint failed: notes.owner, notes.title` or
 * `cannot store TEXT value in INTEGER column notes.size`.
 */
function columnsIn(message: string): string[] {
  const list = message.match(/ (?:failed:|column) (?!index )(.+)$/)?.[1]
  return list?.split(', ').map((name) => name.slice(name.indexOf('.') + 1)) ?? []
}

function explain(message: string): string {
  return /^no such (table|column)/.test(message)
    ? `${message}; the database lacks what the tables declare: has migrate() been run?`
    : message
}

/** What every member of a group is told when nothing of the group was stored. */
export function notCommitted(cause: PlinthError): PlinthError<'storage_failed'> {
  return storageFailed(`The transaction was not committed. ${cause.message}`, cause)
}

function outOfRange(cause: unknown): PlinthError<'out_of_range'> {
  const message = 'A result is out of the range of its type.'
  return new PlinthError('out_of_range', message, { status: 422, cause })
}

function storageFailed(message: string, cause: unknown): PlinthError<'storage_failed'> {
  return new PlinthError('storage_failed', message, { status: 503, cause })
}

export function busy(message: string, cause?: unknown): PlinthError<'busy'> {
  return new PlinthError('busy', message, { status: 503, headers: { 'Retry-After': '1' }, cause })
}

export function timedOut(timeout: number): PlinthError<'transaction_timeout'> {
  return new PlinthError('transaction_timeout', `The transaction took more than ${timeout} ms.`, {
    status: 503,
    headers: { 'Retry-After': '1' },
  })
}

export function closed(file: string): PlinthError<'closed'> {
  return new PlinthError('closed', `The database ${file} has been closed.`, { status: 503 })
}
