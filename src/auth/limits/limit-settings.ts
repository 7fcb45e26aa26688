import { assertKnown, misuse } from '../../kernel/index.ts'
import { assertInteger } from '../options.ts'

/** So many attempts in a window of time. */
export interface Limit {
  readonly attempts: number
  /** Milliseconds, from the first attempt on. */
  readonly window: number
}

/** How often credentials may be tried. Sign-up, sign-in and password change count apart. */
export interface LimitOptions {
  /** For one account, known or not. Default 10 in 15 minutes. A success clears it. */
  readonly account?: Limit
  /** From one IPv4 address or IPv6 /64. Default 50 in 15 minutes. Successful sign-ins do not count. */
  readonly address?: Limit
  /** By everyone together. Default 10,000 in 15 minutes. Successful sign-ins do not count. */
  readonly global?: Limit
  /**
   * Where attempts are counted. `memory` is faster and forgets with the process: choose it for a single
   * process only, since each of several would allow as much. Default `database`, where all count together.
   */
  readonly store?: 'database' | 'memory'
}

export type LimitSettings = Required<LimitOptions>

/** What is limited. */
export type LimitName = Exclude<keyof LimitSettings, 'store'>

const MINUTE = 60_000
const WINDOW = 15 * MINUTE

const DEFAULTS: Readonly<Record<LimitName, Limit>> = {
  account: { attempts: 10, window: WINDOW },
  address: { attempts: 50, window: WINDOW },
  global: { attempts: 10_000, window: WINDOW },
}

/** Fills in the defaults and throws `misuse` for limits that would not limit. */
export function resolveLimits(options: LimitOptions = {}): LimitSettings {
  assertKnown('auth({ limits })', options, [...Object.keys(DEFAULTS), 'store'])
  const { store = 'database' } = options
  if (store !== 'database' && store !== 'memory') {
    throw misuse('auth({ limits }).store', `is ${String(store)}; expected database or memory`)
  }
  return {
    account: resolveLimit('account', options.account),
    address: resolveLimit('address', options.address),
    global: resolveLimit('global', options.global),
    store,
  }
}

function resolveLimit(name: LimitName, limit: Limit = DEFAULTS[name]): Limit {
  const place = `auth({ limits }).${name}`
  assertKnown(place, limit, ['attempts', 'window'])
  const { attempts, window } = limit
  assertInteger(attempts, { place: `${place}.attempts`, min: 1, max: 10_000_000 })
  assertInteger(window, { place: `${place}.window`, min: 1000, max: 24 * 60 * MINUTE, unit: 'ms' })
  return { attempts, window }
}
