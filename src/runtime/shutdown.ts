import type { App } from '../http/index.ts'

/** What a runtime's server must be able to do to be closed in order. */
export interface Closable {
  /** Ends each connection with its next answer from now on. */
  drain(): void
  /** Stops accepting. Resolves when every connection has ended. */
  stop(): Promise<void>
  /** Ends every connection at once, which aborts the requests on them. */
  abort(): void
  /** Resolves when no handler runs any more. */
  settled(): Promise<void>
}

/** How long handlers may take to notice that they were aborted before the app is closed under them. */
const ABORT_GRACE = 1_000

interface Delays {
  readonly drainDelay: number
  readonly shutdownTimeout: number
}

/**
 * Closes a server in order: say that it will, stop accepting, wait for what runs, abort what outlives
 * the deadline, then close the app.
 */
export async function shutDown(
  server: Closable,
  { app, drainDelay, shutdownTimeout }: Delays & { readonly app: App },
): Promise<void> {
  app.drain?.()
  server.drain()
  if (drainDelay > 0) await new Promise((resolve) => setTimeout(resolve, drainDelay))
  const finished = Promise.all([server.stop(), server.settled()])
  if (!(await within(shutdownTimeout, finished))) {
    server.abort()
    await within(ABORT_GRACE, finished)
  }
  await app.close()
}

/** Whether the work was done within the delay. */
async function within(delay: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>()
  const timer = setTimeout(resolve, delay, false)
  const done = await Promise.race([work.then(() => true), promise])
  clearTimeout(timer)
  return done
}
