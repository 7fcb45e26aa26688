import { assertKnown, misuse } from '../kernel/index.ts'
import type { Outgoing } from './message.ts'

/** Since when an operation should no longer be used, and until when it is there. */
export interface Deprecation {
  /** The day, or the instant in UTC, such as `2026-01-01` or `2026-01-01T12:00:00Z`. */
  readonly since: string | Date
  /** When it may be gone. It is answered until the team removes it, beyond this day as well. */
  readonly sunset?: string | Date
  /** Where people read what to use instead: an absolute URL, or a path of this server. */
  readonly link?: string
}

/** Adds to an answer that the operation is deprecated. */
export type Announce = (outgoing: Outgoing) => Outgoing

/**
 * Creates what puts `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link` on every answer of an
 * operation. Undefined where there is no date to tell. Throws `misuse` for dates that are none.
 */
export function createAnnounce(
  deprecated: boolean | Deprecation | undefined,
  place: string,
): Announce | undefined {
  const where = `${place}: deprecated`
  if (deprecated === undefined || typeof deprecated === 'boolean') return undefined
  assertKnown(where, deprecated, ['since', 'sunset', 'link'])
  const since = toInstant(deprecated.since, `${where}.since`)
  const sunset =
    deprecated.sunset === undefined ? undefined : toInstant(deprecated.sunset, `${where}.sunset`)
  // RFC 9745, section 4.
  if (sunset && sunset < since) throw misuse(where, 'the sunset is before the deprecation')
  const fields = {
    deprecation: `@${Math.floor(since.getTime() / 1000)}`,
    ...(sunset && { sunset: sunset.toUTCString() }),
  }
  const links = toLinks(deprecated.link, sunset !== undefined, `${where}.link`)
  return ({ status, headers, body }) => ({
    status,
    headers: {
      ...headers,
      ...fields,
      ...(links.length > 0 && { link: [...[headers['link'] ?? []].flat(), ...links] }),
    },
    body,
  })
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z)?$/

function toInstant(value: unknown, place: string): Date {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value
  if (typeof value === 'string' && INSTANT.test(value)) {
    const instant = new Date(value)
    // The 30th of February would be read as a day of March.
    const days = value.slice(0, 10)
    if (!Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(days)) return instant
  }
  throw misuse(place, `is ${String(value)}; expected a date, such as 2026-01-01`)
}

/** What may stand between the angle brackets of a link (RFC 8288). */
const TARGET = /^(?:https?:\/)?\/[\w!#$%&'()*+,./:;=?@[\]~-]+$/

function toLinks(link: unknown, sunset: boolean, place: string): readonly string[] {
  if (link === undefined) return []
  if (typeof link !== 'string' || !TARGET.test(link)) {
    throw misuse(place, `is ${JSON.stringify(link)}; expected an http URL, or a path`)
  }
  return ['deprecation', ...(sunset ? ['sunset'] : [])].map((rel) => `<${link}>; rel="${rel}"`)
}
