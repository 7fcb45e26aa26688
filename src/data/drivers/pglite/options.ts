import { assertKnown, misuse } from '../../../kernel/index.ts'
import { assertMilliseconds } from '../sql/milliseconds.ts'
import type { ServerSettings } from '../sql/server.ts'

export interface PgliteOptions {
  /**
   * Milliseconds that a transaction may take, waiting included, unless it says otherwise; and that
   * reads wait for transactions. Default 5,000.
   */
  readonly timeout?: number
}

/** Fills in the defaults; a name or value that is not known is a mistake in the caller's code. */
export function resolveOptions(place: string, options: PgliteOptions): ServerSettings {
  assertKnown(place, options, ['timeout'])
  const { timeout = 5000 } = options
  assertMilliseconds(`${place}: option "timeout"`, timeout)
  // One connection, which stays until the end: it is the database.
  return { timeout, wait: MAX_WAIT, max: 1, idle: Number.POSITIVE_INFINITY }
}

/** What bounds the wait for the one connection is the time of the transactions that hold it. */
const MAX_WAIT = 2 ** 31 - 1

export function assertFolder(folder: unknown): string {
  const place = `pglite(${JSON.stringify(folder)})`
  if (typeof folder !== 'string' || folder.trim() === '') {
    throw misuse(place, 'expected the path of a folder, or "memory://"')
  }
  if (folder === 'memory://') return place
  if (/^[a-z-]+:\/\//i.test(folder) || folder !== folder.trim()) {
    throw misuse(place, 'is a URI or has white space around it; expected a path, or "memory://"')
  }
  return place
}
