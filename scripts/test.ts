/**
 * `npm test`: every check there is, the quick ones first, and one line of counts at the end.
 *
 * All of them run even when one fails, so that one run shows all there is to mend.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { root } from './doors.ts'

interface Count {
  passed: number
  failed: number
}

const results = `${root}.build/results/`
const vitestReport = `${root}.build/vitest.json`

mkdirSync(results, { recursive: true })
rmSync(vitestReport, { force: true })

const checks = [
  check('Lint and format', 'biome', 'check', '--error-on-warnings', '.'),
  check('Types of the core, without those of Node', 'tsc', '-p', 'tsconfig.core.json'),
  check('Types of sources, tests and examples', 'tsc', '-p', 'tsconfig.json'),
]
const build = check('Build', 'node', 'scripts/build.ts', '--if-stale')
// Without a build there is no package to test; the sources can be tested all the same.
const projects = ['sources', 'contract', ...(build.failed === 0 ? ['package'] : [])]
const counts = [...checks, build, tests(projects)]

const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
writeFileSync(`${results}test`, `${passed} ${failed}\n`)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function check(title: string, command: string, ...args: string[]): Count {
  return run(title, command, ...args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

function tests(projects: string[]): Count {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`]
  const selection = projects.flatMap((project) => ['--project', project])
  const succeeded = run('Tests', 'vitest', 'run', ...selection, ...reporters)
  const { passed, failed } = readCounts()
  // A file that cannot be loaded, or an error outside of any test, fails the run without a test.
  return { passed, failed: succeeded ? failed : Math.max(failed, 1) }
}

function readCounts(): Count {
  try {
    const report: { numPassedTests: number; numFailedTests: number } = JSON.parse(
      readFileSync(vitestReport, 'utf8'),
    )
    return { passed: report.numPassedTests, failed: report.numFailedTests }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

function run(title: string, command: string, ...args: string[]): boolean {
  const start = performance.now()
  console.log(`\n\x1b[1m== ${title}\x1b[0m`)
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(status === 0 ? `ok (${seconds} s)` : `FAILED (${seconds} s)`)
  return status === 0
}
