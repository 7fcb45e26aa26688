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

/** So many requests a second, from as many connections as are needed up to a largest number. */
export interface OpenLoad extends Load {
  readonly rate: number
}

/** How long answers of one status took, in milliseconds from when their requests were due. */
export interface Latencies {
  /** Answers a second that came while measuring. */
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface OpenLoadResult extends Omit<LoadResult, 'rate'> {
  /** By status, without the warm-up. */
  readonly latencies: Readonly<Record<string, Latencies>>
  /** Requests that were due and not answered when the load ended. */
  readonly unanswered: number
}

export interface LoadGenerator {
  readonly run: (load: Load) => Promise<LoadResult>
  readonly runOpen: (load: OpenLoad) => Promise<OpenLoadResult>
  readonly stop: () => Promise<void>
}

/** Starts the load generator in a process and, where possible, on a core of its own. */
export function startLoadGenerator(log: string): LoadGenerator {
  const child: Child = startProcess(new URL('generator.ts', import.meta.url), { core: 1, log })
  const ask = async (load: Load | OpenLoad): Promise<unknown> => {
    const answer = child.message()
    child.process.send(load)
    const result = (await answer) as object
    if ('error' in result) throw new Error(`load generator: ${result.error}`)
    return result
  }
  return {
    run: (load) => ask(load) as Promise<LoadResult>,
    runOpen: (load) => ask(load) as Promise<OpenLoadResult>,
    stop: child.stop,
  }
}
