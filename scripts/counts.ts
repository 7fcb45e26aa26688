/** How many checks passed and failed: read from a report of tests, summed up, printed and kept for `.ci/run`. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { root } from './doors.ts'

export interface Count {
  readonly passed: number
  readonly failed: number
}

/** One check that is no test. */
export function countOf(succeeded: boolean): Count {
  return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/**
 * Reads the JSON report of a run of vitest. A file that cannot be loaded, or an error outside of any test,
 * fails a run without a test: that counts as one.
 */
export function readCounts(report: string, succeeded: boolean): Count {
  try {
    const { numPassedTests, numFailedTests }: Report = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, failed: Math.max(numFailedTests, succeeded ? 0 : 1) }
  } catch {
    return countOf(false)
  }
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
}

/** Prints the sum as the last line, keeps it under the name of the part, and sets the exit code by it. */
export function conclude(part: string, counts: readonly Count[]): void {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  const results = `${root}.build/results/`
  mkdirSync(results, { recursive: true })
  writeFileSync(`${results}${part}`, `${passed} ${failed}\n`)
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
