import type { Signals } from '../kernel/index.ts'

/** Calls hooks so that they harm nobody. */
export interface HookCalls {
  /** Has a hook told of something, once whoever caused it was answered. */
  add<T>(name: string, hook: (told: T) => void | Promise<void>, told: T): void
  /** Calls what is waiting, and resolves when it has settled, or after a second. */
  flush(): Promise<void>
}

/** Calls that may wait, and promises of one hook that may be open: more are dropped and counted. */
const MAX_WAITING = 10_000
const MAX_PENDING = 1000
/** Milliseconds that a hook may keep everybody else waiting before it is told of. */
const SLOW = 100
/** Milliseconds after which a hook that has not settled is told of. */
const LATE = 30_000
const LOG_EVERY = 60_000
const FLUSH = 1000

/** A call of a hook that has not settled. */
interface Pending {
  readonly settled: Promise<void>
  readonly began: number
  told: boolean
}

/** What a failing hook is reported as; hooks are not told of it, since that could go on for ever. */
export const HOOK_FAILED = 'plinth.monitor.hook_failed'

export function createHookCalls(signals: Signals): HookCalls {
  let waiting: (() => void)[] = []
  let wake = () => {}
  const pending = new Map<string, Set<Pending>>()
  const logged = new Map<string, number>()

  void callInTurn()

  return {
    add(name, hook, told) {
      if (waiting.length >= MAX_WAITING) return fail(name, 'queue_full')
      waiting.push(() => call(name, () => hook(told)))
      wake()
    },
    async flush() {
      callAll()
      const open = [...pending.values()].flatMap((calls) =>
        Array.from(calls, (each) => each.settled),
      )
      if (open.length === 0) return
      let late: ReturnType<typeof setTimeout> | undefined
      const time = new Promise((resolve) => {
        late = setTimeout(resolve, FLUSH)
      })
      await Promise.race([Promise.all(open), time])
      clearTimeout(late)
      for (const [name, calls] of pending) for (const each of calls) tellOfLate(name, each)
    },
  }

  /**
   * Begun here and not where something is told, so that hooks are called in nobody's asynchronous
   * context: in that of a transaction, the database would refuse them.
   */
  async function callInTurn(): Promise<void> {
    for (;;) {
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      await new Promise((resolve) => setTimeout(resolve, 0))
      callAll()
    }
  }

  function callAll(): void {
    const calls = waiting
    waiting = []
    for (const each of calls) each()
  }

  function call(name: string, run: () => void | Promise<void>): void {
    const open = pending.get(name) ?? new Set()
    const [oldest] = open
    if (oldest && performance.now() - oldest.began > LATE) tellOfLate(name, oldest)
    if (open.size >= MAX_PENDING) {
      fail(name, 'never_settles')
      return
    }
    const began = performance.now()
    try {
      const result: unknown = run()
      if (isThenable(result)) keep(name, open, { result, began })
    } catch (error) {
      fail(name, 'thrown', error)
    }
    if (performance.now() - began > SLOW) fail(name, 'slow')
  }

  function keep(
    name: string,
    open: Set<Pending>,
    { result, began }: { result: PromiseLike<unknown>; began: number },
  ): void {
    const settled = Promise.resolve(result)
      .then(
        () => {},
        (error) => fail(name, 'thrown', error),
      )
      .then(() => void open.delete(call))
    const call: Pending = { settled, began, told: false }
    pending.set(name, open.add(call))
  }

  function tellOfLate(name: string, call: Pending): void {
    if (call.told) return
    call.told = true
    fail(name, 'late')
  }

  function fail(name: string, why: keyof typeof REASONS, error?: unknown): void {
    signals.measure({
      name: 'plinth.monitor.hook.failures',
      type: 'counter',
      unit: '{call}',
      value: 1,
      attributes: { 'plinth.hook': name, 'error.type': why },
    })
    const now = performance.now()
    if (now - (logged.get(name) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY) return
    logged.set(name, now)
    const message = `hook "${name}" ${REASONS[why]}`
    signals.log({
      level: 'error',
      message,
      event: HOOK_FAILED,
      ...(error !== undefined && { error }),
    })
  }
}

const REASONS = {
  thrown: 'failed',
  late: 'does not settle',
  slow: `kept everybody waiting for more than ${SLOW} ms`,
  queue_full: 'is called more often than it can be: calls are dropped',
  never_settles: `has ${MAX_PENDING} calls that do not settle: calls are dropped`,
} as const

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}
