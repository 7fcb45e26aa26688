import { assertKnown, misuse } from '../../kernel/index.ts'
import { assertInteger } from '../options.ts'

/** How long sessions last, and the name of their cookie. */
export interface SessionOptions {
  /**
   * Milliseconds without a request after which a session ends. Default 7 days; at least 5 minutes.
   * Use is recorded once a minute, so a session may end up to a minute early.
   */
  readonly idle?: number
  /** Milliseconds after which a session ends in any case. Default 30 days; at most a year. */
  readonly absolute?: number
  /** Default `__Host-session`. The prefix makes browsers refuse it from subdomains and over HTTP. */
  readonly cookie?: string
  /** How many sessions a user may have; opening one more ends the oldest. Default 100. */
  readonly perUser?: number
}

export type SessionSettings = Required<SessionOptions>

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const COOKIE = /^__Host-[A-Za-z0-9_-]{1,64}$/

/** Use of a session is written down at most this often. */
export const TOUCH_INTERVAL: number = MINUTE

/** Fills in the defaults and throws `misuse` for what would not be safe. */
export function resolveSession(options: SessionOptions = {}): SessionSettings {
  const place = 'auth({ session })'
  assertKnown(place, options, ['idle', 'absolute', 'cookie', 'perUser'])
  const { cookie = '__Host-session', perUser = 100 } = options
  const { absolute = 30 * DAY, idle = Math.min(7 * DAY, absolute) } = options
  const range = { min: 5 * MINUTE, max: 366 * DAY, unit: 'ms' }
  assertInteger(idle, { place: `${place}.idle`, ...range })
  assertInteger(absolute, { place: `${place}.absolute`, ...range })
  assertInteger(perUser, { place: `${place}.perUser`, min: 1, max: 1000 })
  if (idle > absolute) {
    throw misuse(`${place}.idle`, `is ${idle}, more than absolute, which is ${absolute}`)
  }
  if (!COOKIE.test(cookie)) {
    throw misuse(`${place}.cookie`, `is "${cookie}"; expected a name like __Host-session`)
  }
  return { idle, absolute, cookie, perUser }
}
