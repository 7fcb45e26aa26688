import { type Child, startProcess } from './process.ts'

/** What to send: each connection has one request under way at a time, and walks through the list. */
export interface Load {
  readonly port: number
  readonly connections: number
  /** Whole HTTP/1.1 requests, head and body. */
  readonly requests: readonly string[]
  readonly warmUpMs: number
  readonly measureMs: number
}

export interface LoadResult {
  /** Answers per second while measuring. */
  readonly rate: number
  /** Answers by status, warm-up included. */
  readonly statuses: Record<string, number>
  /** Some of the answers, whole, to be checked: `request` is the place in the list. */
  readonly samples: readonly { request: number; status: number; body: string }[]
}

export interface LoadGenerator {
  readonly run: (load: Load) => Promise<LoadResult>
  readonly stop: () => Promise<void>
}

/** Starts the load generator in a process and, where possible, on a core of its own. */
export function startLoadGenerator(log: string): LoadGenerator {
  const child: Child = startProcess(new URL('generator.ts', import.meta.url), { core: 1, log })
  return {
    run: async (load) => {
      const answer = child.message()
      child.process.send(load)
      const result = (await answer) as LoadResult | { error: string }
      if ('error' in result) throw new Error(`load generator: ${result.error}`)
      return result
    },
    stop: child.stop,
  }
}
