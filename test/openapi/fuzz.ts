/**
 * Sends requests made from the documents of the shop and of the API that uses every feature, and tells
 * of every failure and of every answer that a document does not declare.
 *
 * node fuzz.ts [--requests 100000] [--seed N] [--app shop|everyFeature]
 */

import './sources.ts'
import { parseArgs } from 'node:util'
import type { Report } from './fuzz/run.ts'

const { values } = parseArgs({
  options: { requests: { type: 'string' }, seed: { type: 'string' }, app: { type: 'string' } },
})
const requests = Number(values.requests ?? 100_000)
const seed = Number(values.seed ?? Math.trunc(Math.random() * 2 ** 31))

const { apps } = await import('./apps.ts')
const { fuzz } = await import('./fuzz/run.ts')

const chosen = Object.entries(apps).filter(([name]) => name === (values.app ?? name))
let failed = 0
for (const [name, open] of chosen) {
  console.log(`\n${name}: ${requests / chosen.length} requests, --seed ${seed}`)
  const tested = await open()
  const report = await fuzz(tested, { requests: requests / chosen.length, seed })
  await tested.app.close()
  print(report)
  failed += report.findings.length
}
process.exitCode = failed === 0 ? 0 : 1

function print({ statuses, findings }: Report): void {
  for (const [operation, counts] of Object.entries(statuses).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const told = Object.entries(counts).map(([status, count]) => `${status}: ${count}`)
    console.log(`  ${operation.padEnd(28)} ${told.join('  ')}`)
  }
  for (const { at, operation, problem, request } of findings) {
    console.log(`\n#${at} ${operation}: ${problem}\n  ${request}`)
  }
  console.log(`${findings.length} findings`)
}
