/**
 * `npm run test:openapi`: the types that a generator reads out of the documents, and the tests. Prints
 * one line of counts, and keeps it for `.ci/run`.
 */

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { conclude, countOf, readCounts } from '../../scripts/counts.ts'

const here = import.meta.dirname
const root = `${here}/../..`
const report = `${here}/.build/vitest.json`
rmSync(`${here}/.build`, { recursive: true, force: true })

const checks = [
  countOf('Generated types', run('node', 'generate.ts')),
  // The package's own compiler: the one beside it is for the generator, which needs its API.
  countOf('Types', run(`${root}/node_modules/.bin/tsc`, '-p', '.')),
]
const tested = run(
  `${root}/node_modules/.bin/vitest`,
  ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
)
conclude('openapi', [...checks, readCounts('Tests', report, tested)])

function run(command: string, ...args: string[]): boolean {
  const { status } = spawnSync(command, args, {
    cwd: here,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return status === 0
}
