/** What was seen of the event loop in a tenth of a second, or in one turn that took longer. */
export interface Observation {
  /** Milliseconds by which it was behind: the mean over that time, since a long turn is met by more. */
  readonly waiting: number
  /** Requests that waited at any moment: those that came a millisecond, times how long they waited. */
  readonly queue: number
  /** Requests turned away. */
  readonly refused: number
}

/** Looks at the event loop while requests come. */
export interface LoopWatch {
  arrived(): void
  refused(): void
}

/** How often the event loop is asked whether it comes in time. */
const PERIOD = 5
const WINDOW = 100

/**
 * Watches how late a timer rings, which is how long everything else waits as well, and calls `observed`
 * each tenth of a second until no request comes and it returns false. Keeps no process alive.
 */
export function watchLoop(observed: (observation: Observation, now: number) => boolean): LoopWatch {
  let timer: ReturnType<typeof setInterval> | undefined
  let last = 0
  let lasted = 0
  let late = 0
  let arrivals = 0
  let refusals = 0
  return {
    arrived() {
      arrivals += 1
      timer ??= start()
    },
    refused() {
      refusals += 1
    },
  }

  function start(): ReturnType<typeof setInterval> {
    last = performance.now()
    return setInterval(look, PERIOD).unref()
  }

  function look(): void {
    const now = performance.now()
    const span = now - last
    last = now
    lasted += span
    late += span * Math.max(0, span - PERIOD)
    if (lasted < WINDOW) return
    const waiting = late / lasted
    const queue = (arrivals / lasted) * waiting
    const goesOn = observed({ waiting, queue, refused: refusals }, now)
    if (arrivals === 0 && !goesOn) stop()
    lasted = 0
    late = 0
    arrivals = 0
    refusals = 0
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }
}
