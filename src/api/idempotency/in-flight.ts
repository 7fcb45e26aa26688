import { PlinthError } from '../../kernel/index.ts'

/** The refusal of a request whose twin is still at work. */
export function inFlight(cause?: unknown): PlinthError<'idempotency_in_flight'> {
  const message = 'A request with this Idempotency-Key is still at work. Try again shortly.'
  return new PlinthError('idempotency_in_flight', message, {
    status: 409,
    headers: { 'retry-after': '1' },
    cause,
  })
}
