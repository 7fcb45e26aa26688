import type { Measurement, PlinthError, Signals } from '../../../kernel/index.ts'
import { aborted } from '../../errors.ts'
import { busy } from './failures.ts'
import type { Link } from './link.ts'

export interface PoolSettings {
  /** Connections at the most. */
  readonly max: number
  /** Milliseconds that a caller waits for a connection at the most. */
  readonly wait: number
  /** Milliseconds after which a connection that nobody uses is closed. */
  readonly idle: number
}

export interface PoolOptions<L extends Link> {
  readonly settings: PoolSettings
  readonly signals: Signals
  connect(): Promise<L>
}

export interface TakeOptions {
  /** Milliseconds; the settings' bound where that is less. */
  readonly wait?: number
  readonly signal?: AbortSignal | undefined
}

/** Connections that callers take in turn and give back. */
export interface Pool<L extends Link> {
  /** Fails with `busy`, `aborted`, or with what no connection could be made for. */
  take(options?: TakeOptions): Promise<L>
  give(link: L): void
  /** Parts with the connections that nobody uses: one of them was found dead. */
  renew(): void
  /** Its connections, and who waits for one, as it is now. */
  gauges(): readonly Measurement[]
  /** Resolves when all that were taken are back and every connection is closed. */
  close(): Promise<void>
}

interface Waiter<L> {
  readonly since: number
  serve(link: L): void
  refuse(error: unknown): void
}

interface Idle<L> {
  readonly link: L
  readonly since: number
}

const SWEEP_MS = 1000

export function createPool<L extends Link>(options: PoolOptions<L>): Pool<L> {
  const { settings, signals, connect } = options
  const waiting = new Set<Waiter<L>>()
  const used = new Set<L>()
  const parting = new Set<Promise<void>>()
  // The one used last comes last and is taken first, so that the others grow old enough to be closed.
  let idle: Idle<L>[] = []
  let opening = 0
  let sweeper: ReturnType<typeof setInterval> | undefined
  let onEmpty: (() => void) | undefined

  return {
    take(request = {}) {
      if (request.signal?.aborted) return Promise.reject(aborted(request.signal))
      const link = waiting.size === 0 ? takeIdle() : undefined
      return link ? Promise.resolve(link) : wait(request)
    },
    give(link) {
      used.delete(link)
      if (link.alive) idle.push({ link, since: performance.now() })
      else report()
      serve()
    },
    gauges: () => [
      connections(used.size, 'used'),
      connections(idle.length, 'idle'),
      poolGauge('max', '{connection}', settings.max),
      poolGauge('waiting', '{transaction}', waiting.size),
    ],
    renew() {
      for (const { link } of idle.splice(0)) retire(link)
    },
    async close() {
      await new Promise<void>((resolve) => {
        onEmpty = resolve
        serve()
      })
      clearInterval(sweeper)
      await Promise.all(parting)
    },
  }

  function takeIdle(): L | undefined {
    for (let last = idle.pop(); last; last = idle.pop()) {
      if (!last.link.alive) continue
      used.add(last.link)
      return last.link
    }
    return undefined
  }

  function wait({ wait: time = settings.wait, signal }: TakeOptions): Promise<L> {
    const limit = Math.min(time, settings.wait)
    return new Promise((resolve, reject) => {
      const waiter: Waiter<L> = {
        since: performance.now(),
        serve: (link) => settle(() => resolve(link)),
        refuse: (error) => settle(() => reject(error)),
      }
      const refuse = (error: PlinthError) => waiter.refuse(error)
      const timer = setTimeout(
        () => refuse(busy(`Waited ${Math.ceil(limit)} ms for a connection to the database.`)),
        limit,
      )
      const onAbort = () => refuse(aborted(signal))
      signal?.addEventListener('abort', onAbort)
      const settle = (answer: () => void) => {
        waiting.delete(waiter)
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        answer()
      }
      waiting.add(waiter)
      if (signals.measurements) measure('queue.length', 'histogram', '{transaction}', waiting.size)
      serve()
    })
  }

  /** Hands out what is there, first come, first served, and opens what is missing. */
  function serve(): void {
    for (const waiter of waiting) {
      const link = takeIdle()
      if (!link) break
      waiter.serve(link)
    }
    while (opening < waiting.size && idle.length + used.size + opening < settings.max) open()
    if (!onEmpty || waiting.size > 0) return
    for (const { link } of idle.splice(0)) retire(link)
    if (used.size + opening === 0) onEmpty()
  }

  async function open(): Promise<void> {
    opening += 1
    const since = performance.now()
    try {
      const link = await connect()
      idle.push({ link, since: performance.now() })
      sweeper ??= setInterval(sweep, SWEEP_MS).unref()
    } catch (error) {
      const [first] = waiting
      // It says nothing to those who came later: for them another is opened.
      if (first && first.since <= since) first.refuse(error)
    }
    opening -= 1
    report()
    serve()
  }

  function sweep(): void {
    const now = performance.now()
    for (const link of used) link.check(now)
    const old = idle.filter(({ link, since }) => !link.alive || now - since > settings.idle)
    if (old.length === 0) return
    idle = idle.filter((one) => !old.includes(one))
    for (const { link } of old) retire(link)
    if (idle.length + used.size + opening > 0) return
    clearInterval(sweeper)
    sweeper = undefined
  }

  function retire(link: L): void {
    report()
    if (!link.alive) return
    const parted = link
      .close()
      // What fails while parting is of no interest any more.
      .catch(() => undefined)
      .then(() => void parting.delete(parted))
    parting.add(parted)
  }

  function report(): void {
    if (!signals.measurements) return
    measure('pool.size', 'gauge', '{connection}', idle.length + used.size + opening)
  }

  function measure(name: string, type: 'gauge' | 'histogram', unit: string, value: number): void {
    signals.measure({ name: `plinth.data.${name}`, type, unit, value })
  }
}

function connections(value: number, state: 'used' | 'idle'): Measurement {
  const gauge = poolGauge('connections', '{connection}', value)
  return { ...gauge, attributes: { 'plinth.data.pool.state': state } }
}

function poolGauge(name: string, unit: string, value: number): Measurement {
  return { name: `plinth.data.pool.${name}`, type: 'gauge', unit, value }
}
