/**
 * `npm test`: every check there is, the quick ones first, and one line of counts at the end.
 *
 * All of them run even when one fails, so that one run shows all there is to mend.
 */

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { type Count, conclude, countOf, readCounts } from './counts.ts'
import { root } from './doors.ts'

const vitestReport = `${root}.build/vitest.json`

rmSync(vitestReport, { force: true })

const checks = [
  check('Lint and format', 'biome', 'check', '--error-on-warnings', '.'),
  check('Types of the core, without those of Node', 'tsc', '-p', 'tsconfig.core.json'),
  check('Types of sources, tests and examples', 'tsc', '-p', 'tsconfig.json'),
]
const build = check('Build', 'node', 'scripts/build.ts', '--if-stale')
// Without a build there is no package to test; the sources can be tested all the same.
const projects = ['sources', 'contract', ...(build.failed === 0 ? ['package'] : [])]
conclude('test', [...checks, build, tests(projects)])

function check(title: string, command: string, ...args: string[]): Count {
  return countOf(title, run(title, command, ...args))
}

function tests(projects: string[]): Count {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`]
  const selection = projects.flatMap((project) => ['--project', project])
  const succeeded = run('Tests', 'vitest', 'run', ...selection, ...reporters)
  return readCounts('Tests', vitestReport, succeeded)
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
