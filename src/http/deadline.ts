import { PlinthError } from '../kernel/index.ts'

/**
 * Answers what `work` does, which never rejects, or, when it has not after `milliseconds`, what
 * `giveUp` makes of the `timeout` error (503). Whatever `work` does later is nobody's.
 */
export function withDeadline<T>(
  work: Promise<T>,
  milliseconds: number,
  giveUp: (error: PlinthError) => T,
): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      const message = 'The request took too long and was given up.'
      resolve(giveUp(new PlinthError('timeout', message, { status: 503 })))
    }, milliseconds)
    work.then((result) => {
      clearTimeout(timer)
      resolve(result)
    })
  })
}
