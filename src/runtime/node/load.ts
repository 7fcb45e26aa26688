import { assertKnown } from '../../kernel/index.ts'
import { milliseconds, wholeNumber } from '../options.ts'
import { type Observation, watchLoop } from './event-loop.ts'

/** When a server turns requests away. */
export interface ShedOptions {
  /**
   * Milliseconds that the event loop may be behind. Requests are turned away once it has been behind by
   * more for a second without a break. Default 100; 0 switches this and `queue` off.
   */
  readonly delay?: number
  /**
   * Requests that may wait for the event loop at any moment. Requests are turned away once more have been
   * waiting for longer than a fifth of `delay`, in two tenths of a second that follow one another. So many
   * at once are no flood, however long they take. Default 250; 0 switches this off.
   */
  readonly queue?: number
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
const QUEUE = 250
const REQUESTS = 5_000
const MAX_REQUESTS = 1_000_000

/** When too much comes, when no longer, and what is done of it meanwhile. */
interface Limit {
  readonly isPassed: (seen: Observation) => boolean
  /** Milliseconds for which it has to be passed without a break. */
  readonly after: number
  readonly isKept: (seen: Observation) => boolean
  /** Milliseconds of each turn of the event loop for which requests are taken on, at most. */
  readonly budget: number
}

/** Of its budget, what is left when it stays passed for long. */
const LEAST = 1 / 64

/** Kept for so long without a break, and the server takes on everything again. */
const RECOVERED_AFTER = 500

const NEVER: Load = { excessive: () => false, begin() {}, end() {} }

/**
 * Measures how busy the server is: by how long requests wait for the event loop, by how many do, and by
 * how many are at work.
 *
 * A queue that does not get shorter by itself is worked off at the speed at which it grows, and all who
 * stand in it wait for nothing. While there is one, each turn takes on requests for some milliseconds and
 * the others are turned away.
 */
export function createLoad(options: ShedOptions | false = {}): Load {
  if (options === false) return NEVER
  assertKnown('serve({ shed })', options, ['delay', 'queue', 'requests'])
  const delay = milliseconds('shed.delay', options.delay ?? DELAY)
  const queue = wholeNumber('shed.queue', options.queue ?? QUEUE, MAX_REQUESTS)
  const most = wholeNumber('shed.requests', options.requests ?? REQUESTS, MAX_REQUESTS)
  const states = limitsOf(delay, queue).map(createState)
  const loop = watchLoop(observed)
  let running = 0
  let budget: number | undefined
  let turnBegan: number | undefined

  return {
    excessive() {
      if (delay === 0) return isFull()
      loop.arrived()
      if (!isFull() && !(budget !== undefined && isSpent(budget))) return false
      loop.refused()
      return true
    },
    begin() {
      running += 1
    },
    end() {
      running -= 1
    },
  }

  function isFull(): boolean {
    return most > 0 && running >= most
  }

  function observed(seen: Observation, now: number): boolean {
    const budgets = states.flatMap((state) => state(seen, now) ?? [])
    budget = budgets.length === 0 ? undefined : Math.min(...budgets)
    return budget !== undefined
  }

  /** Whether this turn of the event loop has taken on as much as it may. */
  function isSpent(budget: number): boolean {
    const now = performance.now()
    if (turnBegan === undefined) {
      turnBegan = now
      setImmediate(() => {
        turnBegan = undefined
      })
    }
    return now - turnBegan > budget
  }
}

function limitsOf(delay: number, queue: number): Limit[] {
  if (delay === 0) return []
  const late: Limit = {
    isPassed: ({ waiting }) => waiting > delay,
    after: 1_000,
    isKept: ({ waiting }) => waiting < delay / 2,
    budget: delay / 2,
  }
  const flooded: Limit = {
    isPassed: (seen) => seen.queue > queue && seen.waiting > delay / 5,
    after: 100,
    // Few are waiting while many are turned away.
    isKept: ({ refused }) => refused < queue / 2,
    budget: delay / 50,
  }
  return queue === 0 ? [late] : [late, flooded]
}

/**
 * Follows one limit; gives its budget while it is in force. What is taken on may have most of its work still
 * before it, and turning the others away takes time as well: while the limit stays passed, less is taken on.
 */
function createState(limit: Limit): (seen: Observation, now: number) => number | undefined {
  let passedSince: number | undefined
  let keptSince: number | undefined
  let inForce = false
  let share = 1
  return (seen, now) => {
    const passed = limit.isPassed(seen)
    passedSince = passed ? (passedSince ?? now) : undefined
    keptSince = !passed && limit.isKept(seen) ? (keptSince ?? now) : undefined
    if (passedSince !== undefined && now - passedSince >= limit.after) inForce = true
    if (keptSince !== undefined && now - keptSince >= RECOVERED_AFTER) inForce = false
    share = inForce && passed ? Math.max(share / 2, LEAST) : Math.min(share * 1.2, 1)
    return inForce ? limit.budget * share : undefined
  }
}
