/** What a file in `bench/suites/` provides, and what the harness prints. */

export interface BenchOptions {
  /** Rounds per comparison; every side is measured once in each. At least five. */
  readonly rounds: number
  /** Shorter rounds: enough to see that everything works, too noisy to quote. */
  readonly quick: boolean
  /** Names of the sides to measure; all when absent. */
  readonly only: ReadonlySet<string> | undefined
  /** Names of the cases to measure, as the report has them; all when absent. */
  readonly cases: ReadonlySet<string> | undefined
  /** Reports progress to whoever is watching, never to stdout. */
  readonly progress: (line: string) => void
}

export interface Suite {
  readonly name: string
  readonly run: (options: BenchOptions) => Promise<Comparison[]>
}

/** One case: what each side did in each round, and the sides whose answers were wrong. */
export interface Comparison {
  readonly case: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly sides: ReadonlyMap<string, readonly number[]>
  readonly refused: ReadonlyMap<string, string>
}
