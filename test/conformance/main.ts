/** What a conformance suite is, and how one is run where there is no test framework. */

export interface Suite {
  name: string
  /** `database`: opens one. `http`: listens on a port. A runtime without either leaves it out. */
  needs: ('database' | 'http')[]
  cases: Case[]
}

export interface Case {
  /** A title as in any other test: `rejects a reused refresh token`. */
  name: string
  /** Rejects when the runtime does not conform. */
  run(): Promise<void>
}

export interface Outcome {
  suite: string
  case: string
  /** What was thrown; absent when the case passed. */
  error?: string
}

/** Runs the cases one after the other and gives the outcome of each as soon as it is known. */
export async function* run(suites: Suite[]): AsyncGenerator<Outcome> {
  for (const suite of suites) {
    for (const each of suite.cases) {
      const outcome = { suite: suite.name, case: each.name }
      try {
        await each.run()
        yield outcome
      } catch (error) {
        yield { ...outcome, error: describe(error) }
      }
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
