import { misuse } from '../kernel/index.ts'

/** The one form that is written, and the two that old senders write (RFC 9110, section 5.6.7). */
const FORMS: readonly RegExp[] = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:[A-Z][a-z]{2}) \d{4} \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
]

/** Reads a date of a header field as milliseconds since the epoch, or answers undefined. */
export function parseHttpDate(text: string): number | undefined {
  if (!FORMS.some((form) => form.test(text))) return undefined
  const time = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(time) ? undefined : time
}

/** Writes a date as header fields have it: in whole seconds. */
export function toHttpDate(date: Date, place: string): string {
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.toUTCString()
  throw misuse(place, `answered with lastModified ${String(date)}; expected a valid Date`)
}
