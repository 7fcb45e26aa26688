/** How many checks passed and failed: read from a report of tests, summed up, printed and kept for `.ci/run`. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { root } from './doors.ts'

export interface Count {
  readonly passed: number
  readonly failed: number
  /** What failed that no report of tests names. */
  readonly trouble?: string | undefined
}

/** One check that is no test. */
export function countOf(title: string, succeeded: boolean): Count {
  return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, trouble: title }
}

/**
 * Reads the JSON report of a run of vitest. A file that cannot be loaded, or an error outside of any test,
 * fails a run without a test: that counts as one.
 */
export function readCounts(title: string, report: string, succeeded: boolean): Count {
  try {
    const { numPassedTests, numFailedTests }: Report = JSON.parse(readFileSync(report, 'utf8'))
    if (succeeded || numFailedTests > 0) return { passed: numPassedTests, failed: numFailedTests }
    return { passed: numPassedTests, failed: 1, trouble: `${title}: an error outside of any test` }
  } catch {
    return countOf(`${title}: no report`, false)
  }
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
}

/**
 * Prints the sum as the last line, sets the exit code by it, and keeps it under the name of the part, followed
 * by what failed that no report names.
 */
export function conclude(part: string, counts: readonly Count[]): void {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  const troubles = counts.flatMap(({ trouble }) => trouble ?? [])
  const results = `${root}.build/results/`
  mkdirSync(results, { recursive: true })
  writeFileSync(`${results}${part}`, [`${passed} ${failed}`, ...troubles, ''].join('\n'))
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
