import { AsyncLocalStorage } from 'node:async_hooks'
import { misuse, type Signals } from '../../../kernel/index.ts'
import { aborted } from '../../errors.ts'
import type { MaybePromise } from '../../value.ts'
import { Attempt } from './attempt.ts'
import type { Isolation, SqlConnection, SqlTransactionOptions } from './driver.ts'
import { runHook } from './hooks.ts'
import { Limit } from './limit.ts'
import type { Link } from './link.ts'
import type { Pool } from './pool.ts'
import { backOff, createLane, MAX_ATTEMPTS } from './retry.ts'

export interface TransactionsOptions {
  readonly pool: Pool<Link>
  readonly signals: Signals
  /** Milliseconds that a transaction may take unless it says otherwise. */
  readonly timeout: number
  /** The level of transactions that do not ask for one. */
  readonly isolation: Isolation
}

/** The transactions of one database, each on a link of its own. */
export interface Transactions {
  run<T>(
    work: (connection: SqlConnection) => MaybePromise<T>,
    options: SqlTransactionOptions,
  ): Promise<T>
  /** Throws when called from inside a running transaction. */
  assertOutside(): void
}

type Work<T> = (connection: SqlConnection) => MaybePromise<T>

export function createTransactions(defaults: TransactionsOptions): Transactions {
  const { pool, signals } = defaults
  const current = new AsyncLocalStorage<Attempt>()
  const lane = createLane()

  return {
    async run(work, options) {
      if (options.signal?.aborted) throw aborted(options.signal)
      const limit = new Limit(options.timeout ?? defaults.timeout, options)
      try {
        for (let count = 1; ; count += 1) {
          let began = 0
          const run = () => {
            began = performance.now()
            return attempt(work, options, limit)
          }
          const outcome = await (count === 1 ? run() : limit.bound(lane(run)))
          if ('value' in outcome) return outcome.value
          if (!outcome.again || count === MAX_ATTEMPTS || limit.reason) throw outcome.error
          await limit.bound(backOff(count, performance.now() - began))
        }
      } finally {
        limit.stop()
      }
    },
    assertOutside() {
      if (!current.getStore()?.running) return
      throw misuse(
        'transaction',
        'the outer handle was used inside it; use the handle that its function is given',
      )
    },
  }

  async function attempt<T>(
    work: Work<T>,
    options: SqlTransactionOptions,
    limit: Limit,
  ): Promise<{ value: T } | { error: unknown; again: boolean }> {
    if (limit.reason) return { error: limit.reason, again: false }
    const link = await take(options, limit)
    const running = new Attempt(link, limit)
    const { isolation = defaults.isolation, readOnly = false, timeout = defaults.timeout } = options
    try {
      const begin = { isolation, readOnly, timeout: limit.left }
      const value = await current.run(running, () => running.work(work, begin))
      await commit(running, timeout)
      for (const hook of running.hooks) void runHook(hook, { signals, trace: options.trace })
      pool.give(link)
      return { value }
    } catch (error) {
      const undone = running.undo().finally(() => pool.give(link))
      // Whoever was interrupted is answered at once: nothing of it can be stored any more.
      if (!limit.reason) await undone
      if (running.stillborn) pool.renew()
      return { error: limit.reason ?? error, again: running.repeatable || running.stillborn }
    }
  }

  async function take({ signal }: SqlTransactionOptions, limit: Limit): Promise<Link> {
    const began = performance.now()
    const link = await pool.take({ wait: limit.left, signal })
    if (signals.measurements) {
      const value = (performance.now() - began) / 1000
      signals.measure({ name: 'plinth.data.queue.wait', type: 'histogram', unit: 's', value })
    }
    return link
  }

  async function commit(running: Attempt, grace: number): Promise<void> {
    const began = performance.now()
    await running.commit(grace)
    if (!signals.measurements) return
    const value = (performance.now() - began) / 1000
    signals.measure({ name: 'plinth.data.commit.duration', type: 'histogram', unit: 's', value })
  }
}
