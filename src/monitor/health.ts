import { PlinthError } from '../kernel/index.ts'

/** Resolves when a part is fit for use, rejects with the reason otherwise. */
export type Check = () => Promise<void>

const CHECK_TIMEOUT_MS = 2000

/**
 * Runs all checks, each for at most two seconds, and resolves to their names; throws `not_ready` (503)
 * with `details.failed` when any fails. The reasons are private: they stand in the cause.
 */
export async function checkReadiness(checks: Readonly<Record<string, Check>>): Promise<string[]> {
  const names = Object.keys(checks)
  const results = await Promise.allSettled(
    names.map((name) => limited(name, checks[name] as Check)),
  )
  const failed = names.filter((_, index) => results[index]?.status === 'rejected')
  if (failed.length === 0) return names
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  throw new PlinthError('not_ready', `Not ready: ${failed.join(', ')}.`, {
    status: 503,
    details: { failed },
    cause: new AggregateError(reasons, 'readiness checks failed'),
  })
}

/** Says that the server is about to close: whoever shares out requests sends no more of them here. */
export function draining(): PlinthError<'draining'> {
  return new PlinthError('draining', 'Not ready: the server is closing.', { status: 503 })
}

async function limited(name: string, check: Check): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`check "${name}" gave no answer within ${CHECK_TIMEOUT_MS} ms`)
    timer = setTimeout(() => reject(error), CHECK_TIMEOUT_MS)
  })
  await Promise.race([check(), late]).finally(() => clearTimeout(timer))
}
