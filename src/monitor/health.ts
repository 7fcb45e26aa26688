import { assertKnown, type Clock, misuse, PlinthError, type Signals } from '../kernel/index.ts'

/**
 * Returns or resolves when something is fit for use; throws, rejects or gives `false` otherwise. The
 * signal is aborted when nobody waits for the answer any more.
 */
export type CheckFunction = (signal: AbortSignal) => unknown

/** A check with bounds of its own. */
export interface CheckOptions {
  readonly check: CheckFunction
  /** Milliseconds after which it has failed. Default 2,000. */
  readonly timeout?: number
  /** Milliseconds for which its answer is good, so that nobody can make it run more often. Default 1,000. */
  readonly cache?: number
}

/** What `/ready` asks. */
export type Check = CheckFunction | CheckOptions

/** What came of a check when it ran last. */
export interface CheckResult {
  readonly name: string
  readonly ok: boolean
  /** Milliseconds since the epoch: since when it has been so, and when it was asked last. */
  readonly since: number
  readonly at: number
  /** Milliseconds that it took. */
  readonly duration: number
  /** Why it failed. Private. */
  readonly error: unknown
}

/** The checks of a back end. Whoever asks at the same time shares one run. */
export interface Readiness {
  readonly names: readonly string[]
  /** Asks what was not asked lately, all at once. Never rejects. */
  results(): Promise<readonly CheckResult[]>
}

interface ReadinessPorts {
  readonly signals: Signals
  readonly clock: Clock
}

const TIMEOUT_MS = 2000
const CACHE_MS = 1000
/** Runs of one check that were given up and have not ended: more are not begun. */
const HANGING = 10

/** Throws `misuse` for what is no check. */
export function createReadiness(
  checks: Readonly<Record<string, Check>>,
  ports: ReadinessPorts,
): Readiness {
  const asking = Object.entries(checks).map(([name, check]) => createCheck(name, check, ports))
  return {
    names: Object.keys(checks),
    results: () => Promise.all(asking.map((ask) => ask())),
  }
}

/** The names of all checks; throws `not_ready` (503) with `details.failed` when any fails. */
export async function assertReady({ names, results }: Readiness): Promise<readonly string[]> {
  const failed = (await results()).filter(({ ok }) => !ok).map(({ name }) => name)
  if (failed.length === 0) return names
  throw new PlinthError('not_ready', `Not ready: ${failed.join(', ')}.`, {
    status: 503,
    details: { failed },
  })
}

/** Says that the server is about to close: whoever shares out requests sends no more of them here. */
export function draining(): PlinthError<'draining'> {
  return new PlinthError('draining', 'Not ready: the server is closing.', { status: 503 })
}

function createCheck(
  name: string,
  given: Check,
  { signals, clock }: ReadinessPorts,
): () => Promise<CheckResult> {
  const { check, timeout, cache } = resolve(name, given)
  let running: Promise<CheckResult> | undefined
  let last: CheckResult | undefined
  let hanging = 0
  return () => {
    if (last && clock.now() - last.at < cache) return Promise.resolve(last)
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }

  async function run(): Promise<CheckResult> {
    const began = performance.now()
    const error = await failureOf()
    const ok = error === undefined
    const at = clock.now()
    const changed = last?.ok !== ok
    const since = changed ? at : (last?.since ?? at)
    const before = last
    last = { name, ok, since, at, duration: performance.now() - began, error }
    if (changed) report(last, before)
    return last
  }

  async function failureOf(): Promise<unknown> {
    if (hanging >= HANGING) return new Error(`${HANGING} runs of check "${name}" have not ended`)
    const controller = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<unknown>((settle) => {
      const error = new Error(`check "${name}" gave no answer within ${timeout} ms`)
      timer = setTimeout(() => {
        settle(error)
        controller.abort(error)
      }, timeout)
    })
    hanging += 1
    const answer = ask(controller.signal).finally(() => {
      hanging -= 1
    })
    const failure = await Promise.race([answer, late])
    clearTimeout(timer)
    return failure
  }

  /** What it failed with, undefined when it passes. */
  async function ask(signal: AbortSignal): Promise<unknown> {
    try {
      if ((await check(signal)) !== false) return undefined
      return new Error(`check "${name}" answered false`)
    } catch (error) {
      return error ?? new Error(`check "${name}" threw ${String(error)}`)
    }
  }

  /** Told once, and not to every balancer that asks again. */
  function report({ ok, error }: CheckResult, before: CheckResult | undefined): void {
    if (ok && !before) return
    signals.log({
      level: ok ? 'info' : 'error',
      message: `check "${name}" ${ok ? 'passes again' : 'fails'}`,
      event: ok ? 'plinth.check_passed' : 'plinth.check_failed',
      attributes: { 'plinth.check.name': name },
      ...(!ok && { error }),
    })
  }
}

const KEYS = ['check', 'timeout', 'cache'] as const

function resolve(name: string, given: Check): Required<CheckOptions> {
  const place = `monitor.checks.${name}`
  if (typeof given === 'function') return { check: given, timeout: TIMEOUT_MS, cache: CACHE_MS }
  if (typeof given !== 'object' || given === null) {
    throw misuse(place, `expected a function or { check }; got ${typeof given}`)
  }
  assertKnown(place, given, KEYS)
  const { check, timeout = TIMEOUT_MS, cache = CACHE_MS } = given
  if (typeof check !== 'function') {
    throw misuse(`${place}.check`, `expected a function; got ${typeof check}`)
  }
  for (const [key, value, least] of [
    ['timeout', timeout, 1],
    ['cache', cache, 0],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least && value < 2 ** 31) continue
    throw misuse(`${place}.${key}`, `is ${String(value)}; expected milliseconds from ${least}`)
  }
  return { check, timeout, cache }
}
