/**
 * `npm run test:openapi`: the types that a generator reads out of the documents, and the tests. Prints
 * one line of counts, and keeps it for `.ci/run`.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const here = import.meta.dirname
const root = `${here}/../..`
const results = `${root}/.build/results`
const report = `${here}/.build/vitest.json`
mkdirSync(results, { recursive: true })
rmSync(`${here}/.build`, { recursive: true, force: true })

const checks = [
  run('node', 'generate.ts'),
  // The package's own compiler: the one beside it is for the generator, which needs its API.
  run(`${root}/node_modules/.bin/tsc`, '-p', '.'),
]
const tested = run(
  `${root}/node_modules/.bin/vitest`,
  ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
)
const tests = counts()
const passed = tests.passed + checks.filter(Boolean).length
const failed = Math.max(tests.failed, tested ? 0 : 1) + checks.filter((done) => !done).length
writeFileSync(`${results}/openapi`, `${passed} ${failed}\n`)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function run(command: string, ...args: string[]): boolean {
  const { status } = spawnSync(command, args, {
    cwd: here,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return status === 0
}

function counts(): { passed: number; failed: number } {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests }
  } catch {
    return { passed: 0, failed: 1 }
  }
}
