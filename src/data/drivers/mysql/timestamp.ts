import { PlinthError } from '../../../kernel/index.ts'

const EARLIEST = Date.UTC(1000, 0, 1)
const LATEST = Date.UTC(10_000, 0, 1) - 1

/** The instant as a date and time in UTC: the type holds the years 1000 to 9999. */
export function toDateTime(milliseconds: number): Date {
  if (milliseconds >= EARLIEST && milliseconds <= LATEST) return new Date(milliseconds)
  const message = 'MySQL and MariaDB hold instants of the years 1000 to 9999.'
  throw new PlinthError('invalid_values', message, {
    status: 422,
    details: { issues: [{ path: '', message }] },
  })
}
