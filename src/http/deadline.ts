import { PlinthError } from '../kernel/index.ts'

interface Deadline<T> {
  readonly milliseconds: number
  /** When the time begins to run: most work is done by then. Absent: now. */
  readonly from: Promise<void> | undefined
  readonly giveUp: (error: PlinthError) => T
}

/**
 * Answers what `work` does, which never rejects, or, when it has not after `milliseconds`, what
 * `giveUp` makes of the `timeout` error (503). Whatever `work` does later is nobody's.
 */
export function withDeadline<T>(
  work: Promise<T>,
  { milliseconds, from, giveUp }: Deadline<T>,
): Promise<T> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let done = false
    const start = () => {
      if (!done) timer = setTimeout(end, milliseconds)
    }
    const end = () => {
      const message = 'The request took too long and was given up.'
      resolve(giveUp(new PlinthError('timeout', message, { status: 503 })))
    }
    if (from) from.then(start)
    else start()
    work.then((result) => {
      done = true
      if (timer !== undefined) clearTimeout(timer)
      resolve(result)
    })
  })
}
