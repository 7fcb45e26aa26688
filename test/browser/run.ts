/**
 * `npm run test:browser`: the types, and the tests in Chromium. Prints one line of counts, and keeps it for
 * `.ci/run`.
 */

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { conclude, countOf, readCounts } from '../../scripts/counts.ts'

const here = import.meta.dirname
const root = `${here}/../..`
const report = `${here}/.build/vitest.json`
rmSync(`${here}/.build`, { recursive: true, force: true })

const typed = run('tsc', '-p', '.')
const tested = run(
  'vitest',
  ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
)
conclude('browser', [countOf('Types', typed), readCounts('Tests', report, tested)])

function run(program: string, ...args: string[]): boolean {
  const { status } = spawnSync(`${root}/node_modules/.bin/${program}`, args, {
    cwd: here,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return status === 0
}
