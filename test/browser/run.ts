/**
 * `npm run test:browser`: the types, and the tests in Chromium. Prints one line of counts, and keeps it for
 * `.ci/run`.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const here = import.meta.dirname
const root = `${here}/../..`
const results = `${root}/.build/results`
const report = `${here}/.build/vitest.json`
mkdirSync(results, { recursive: true })
rmSync(`${here}/.build`, { recursive: true, force: true })

const typed = run('tsc', '-p', '.')
const tested = run(
  'vitest',
  ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
)
const tests = counts()
const passed = tests.passed + (typed ? 1 : 0)
const failed = Math.max(tests.failed, tested ? 0 : 1) + (typed ? 0 : 1)
writeFileSync(`${results}/browser`, `${passed} ${failed}\n`)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function run(program: string, ...args: string[]): boolean {
  const { status } = spawnSync(`${root}/node_modules/.bin/${program}`, args, {
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
