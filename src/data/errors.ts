import { type Issue, PlinthError } from '../kernel/index.ts'

/**
 * The codes of the errors that the data module throws.
 *
 * - `denied` (403): a rule forbids the write.
 * - `conflict` (409): a unique key is taken, be it by a row that the actor cannot see.
 * - `version_conflict` (409): the row has another version than the one that the patch was made from.
 * - `invalid_reference` (409): a referred row is missing or out of the actor's sight, or the row to
 *   be deleted is still referred to.
 * - `invalid_values` (422): values do not match the columns; `details.issues` lists all of them.
 * - `invalid_filter`, `invalid_query`, `invalid_cursor` (400): a filter, an order or limit, or a
 *   cursor that means nothing.
 * - `out_of_range` (422): a sum does not fit its type.
 * - `aborted` (503): the scope's signal ended the work.
 * - `migration_refused`: a migration would lose data; `details.refused` says why.
 * - `migration_failed`: a step of a migration failed; `details` says which one.
 * - `misuse`: a mistake in code.
 *
 * Drivers add `transaction_timeout`, `busy`, `storage_failed` and `closed` (all 503).
 */
export type DataErrorCode =
  | 'denied'
  | 'conflict'
  | 'version_conflict'
  | 'invalid_reference'
  | 'invalid_values'
  | 'invalid_filter'
  | 'invalid_query'
  | 'invalid_cursor'
  | 'out_of_range'
  | 'aborted'
  | 'migration_refused'
  | 'migration_failed'
  | 'misuse'
  | 'transaction_timeout'
  | 'busy'
  | 'storage_failed'
  | 'closed'

type DataError<Code extends DataErrorCode> = PlinthError<Code>

export function denied(operation: string, table: string): DataError<'denied'> {
  return new PlinthError('denied', `You may not ${operation} this in ${table}.`, { status: 403 })
}

export function deniedField(use: string, table: string, field: string): DataError<'denied'> {
  return new PlinthError('denied', `You may not ${use} ${field} of ${table}.`, { status: 403 })
}

export function versionConflict(expected: number, actual: number): DataError<'version_conflict'> {
  const message = `The row has been changed since: it is at version ${actual}, not ${expected}.`
  return new PlinthError('version_conflict', message, {
    status: 409,
    details: { expected, actual },
  })
}

export function outOfRange(place: string): DataError<'out_of_range'> {
  const message = `${place}: the result is beyond what can be represented exactly.`
  return new PlinthError('out_of_range', message, { status: 422 })
}

/** One sentence for a row that is missing and for one that is hidden: they cannot be told apart. */
export function missingReference(cause?: unknown): DataError<'invalid_reference'> {
  return new PlinthError('invalid_reference', 'A row that the values refer to does not exist.', {
    status: 409,
    cause,
  })
}

export function stillReferred(cause: unknown): DataError<'invalid_reference'> {
  return new PlinthError('invalid_reference', 'Other rows still refer to this one.', {
    status: 409,
    cause,
  })
}

export function invalidValues(issues: readonly Issue[]): DataError<'invalid_values'> {
  return new PlinthError('invalid_values', `The values are not valid: ${summarize(issues)}`, {
    status: 422,
    details: { issues },
  })
}

export function invalidFilter(path: string, problem: string): DataError<'invalid_filter'> {
  return new PlinthError('invalid_filter', `${path}: ${problem}`, {
    status: 400,
    details: { issues: [{ path, message: problem }] },
  })
}

export function invalidQuery(path: string, problem: string): DataError<'invalid_query'> {
  return new PlinthError('invalid_query', `${path}: ${problem}`, {
    status: 400,
    details: { issues: [{ path, message: problem }] },
  })
}

export function invalidCursor(): DataError<'invalid_cursor'> {
  return new PlinthError('invalid_cursor', 'The cursor is not one of this list.', { status: 400 })
}

export function aborted(signal: AbortSignal | undefined): DataError<'aborted'> {
  return new PlinthError('aborted', 'The work was ended before it was done.', {
    status: 503,
    cause: signal?.reason,
  })
}

function summarize(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(' ')
}
