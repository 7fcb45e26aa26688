import { PlinthError } from '../kernel/index.ts'

/** Tests whether the app has logged a failure already: a stream of its own that broke. */
export function isReported(error: unknown): boolean {
  return error instanceof PlinthError && error.code === 'stream_failed'
}
