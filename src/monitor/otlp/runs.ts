/**
 * Work that sends, each with a signal of its own: on Workers neither a signal nor a promise that waits for
 * the network may be used by another request than the one that it began in.
 */
export interface Runs {
  /** Settles as the work does. The signal is aborted when the work is given up. */
  run(work: (signal: AbortSignal) => Promise<void>): Promise<void>
  /** Aborts what runs. */
  giveUp(): void
}

export function createRuns(): Runs {
  const running = new Set<AbortController>()
  return {
    async run(work) {
      const controller = new AbortController()
      running.add(controller)
      try {
        await work(controller.signal)
      } finally {
        running.delete(controller)
      }
    },
    giveUp() {
      for (const controller of running) abort(controller)
      running.clear()
    },
  }
}

function abort(controller: AbortController): void {
  try {
    controller.abort()
  } catch {
    // It began in another request of a Worker, whose end is its end.
  }
}
