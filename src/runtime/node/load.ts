import { assertKnown } from '../../kernel/index.ts'
import { milliseconds, wholeNumber } from '../options.ts'

/** When a server turns requests away. */
export interface ShedOptions {
  /**
   * Milliseconds that the event loop may be behind. Requests are turned away once it has been behind by
   * more for a second without a break. Default 100; 0 switches this off.
   */
  readonly delay?: number
  /** Requests at work at a time, streamed answers not counted. Default 5,000; 0 switches this off. */
  readonly requests?: number
}

/** What a server has to do. */
export interface Load {
  /** Told of each request as it comes: whether it is one too many. */
  excessive(): boolean
  begin(): void
  end(): void
}

const DELAY = 100
const REQUESTS = 5_000
const MAX_REQUESTS = 1_000_000

/** How often the event loop is asked whether it comes in time. */
const PERIOD = 20
/** Late for so long without a break is no burst that is being worked off: more comes than is done. */
const BEHIND_AFTER = 1_000
/** In time for so long without a break, and the server takes on everything again. */
const RECOVERED_AFTER = 500

const NEVER: Load = { excessive: () => false, begin() {}, end() {} }

/**
 * Measures how busy the server is: by how late a timer rings, which is how long everything else waits
 * as well, and by how many requests are at work.
 *
 * A loop that is behind has a queue that does not get shorter by itself. Then each turn takes on requests
 * for as long as half the delay allowed, and the others are turned away, until it has been in time for
 * half a second.
 */
export function createLoad(options: ShedOptions | false = {}): Load {
  if (options === false) return NEVER
  assertKnown('serve({ shed })', options, ['delay', 'requests'])
  const delay = milliseconds('shed.delay', options.delay ?? DELAY)
  const most = wholeNumber('shed.requests', options.requests ?? REQUESTS, MAX_REQUESTS)
  let running = 0
  let arrivals = 0
  let lateSince: number | undefined
  let inTimeSince: number | undefined
  let behind = false
  let turnBegan: number | undefined
  let timer: ReturnType<typeof setInterval> | undefined
  let due = 0

  return {
    excessive() {
      if (delay > 0) {
        arrivals += 1
        timer ??= watch()
        if (behind && spent()) return true
      }
      return most > 0 && running >= most
    },
    begin() {
      running += 1
    },
    end() {
      running -= 1
    },
  }

  /** Runs while requests come, and keeps no process alive. */
  function watch(): ReturnType<typeof setInterval> {
    due = performance.now() + PERIOD
    return setInterval(look, PERIOD).unref()
  }

  function look(): void {
    const now = performance.now()
    const lateness = now - due
    due = now + PERIOD
    lateSince = lateness > delay ? (lateSince ?? now) : undefined
    inTimeSince = lateness < delay / 2 ? (inTimeSince ?? now) : undefined
    if (lateSince !== undefined && now - lateSince >= BEHIND_AFTER) behind = true
    if (inTimeSince !== undefined && now - inTimeSince >= RECOVERED_AFTER) behind = false
    if (arrivals === 0 && !behind) stop()
    arrivals = 0
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
    lateSince = undefined
    inTimeSince = undefined
  }

  /** Whether this turn of the event loop has taken on as much as it may. */
  function spent(): boolean {
    const now = performance.now()
    if (turnBegan === undefined) {
      turnBegan = now
      setImmediate(() => {
        turnBegan = undefined
      })
    }
    return now - turnBegan > delay / 2
  }
}
