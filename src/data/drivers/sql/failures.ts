import { PlinthError } from '../../../kernel/index.ts'

// The errors that servers of every kind lead to; the original is the private cause.

export function busy(message: string, cause?: unknown): PlinthError<'busy'> {
  return new PlinthError('busy', message, { status: 503, headers: { 'Retry-After': '1' }, cause })
}

export function timedOut(timeout: number): PlinthError<'transaction_timeout'> {
  return new PlinthError('transaction_timeout', `The transaction took more than ${timeout} ms.`, {
    status: 503,
    headers: { 'Retry-After': '1' },
  })
}

export function storageFailed(message: string, cause?: unknown): PlinthError<'storage_failed'> {
  return new PlinthError('storage_failed', message, { status: 503, cause })
}

/** The connection was lost before it said whether the commit that was under way is stored. */
export function indeterminate(cause: unknown): PlinthError<'storage_failed'> {
  return new PlinthError(
    'storage_failed',
    'The connection was lost during the commit: the transaction may be stored, or not.',
    { status: 503, details: { committed: 'unknown' }, cause },
  )
}

export function closed(place: string): PlinthError<'closed'> {
  return new PlinthError('closed', `The database ${place} has been closed.`, { status: 503 })
}
