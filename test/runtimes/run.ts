/**
 * Runs the conformance suites on every runtime, against the package as it is published: packed,
 * and installed here beside the runtimes. Prints a table, each failure, and one line of counts, and
 * writes docs/conformance.md, the matrix of the suite over HTTP. With `--check` the page is compared
 * instead of written.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { conclude } from '../../scripts/counts.ts'
import type { Outcome, Suite } from '../conformance/main.ts'
import type { Result } from '../conformance/wire/run.ts'
import { bundle, writeEntries } from './bundle.ts'
import { checkExporting } from './exporting.ts'
import { isPageOf, writePage } from './page.ts'
import { type Runtime, runtimes } from './runtimes.ts'
import { runWire } from './wire.ts'

const here = import.meta.dirname
const root = `${here}/../..`
const build = `${here}/.build`

installPackage()
const suites = await prepare()
const failures: string[] = []
const table: Record<string, Record<string, string>> = {}
const wire: Record<string, Result[]> = {}
let passed = 0
let failed = 0

for (const [name, runtime] of Object.entries(runtimes)) {
  console.log(`Running on ${name}`)
  const expected = suites.filter((suite) => runtime.canRun(suite))
  const { outcomes, trouble } = await collect(runtime)
  for (const suite of expected) record(name, suite, outcomes)
  if (trouble !== undefined) failures.push(`${name}: ${trouble}`)
  wire[name] = await askOver(name)
}
await exporting()
if (failures.length === 0) page()

console.table(table)
for (const failure of failures) console.log(`\n${failure}`)
conclude('runtimes', [
  {
    passed,
    failed: Math.max(failed, failures.length > 0 ? 1 : 0),
    trouble: failures.join('\n') || undefined,
  },
])

/** What only a Worker has to prove. */
async function exporting(): Promise<void> {
  try {
    await checkExporting(build)
    passed += 1
  } catch (error) {
    failed += 1
    failures.push(`workerd: sends the telemetry of every request\n${error}`)
  }
}

/** Asks the runtime over HTTP, and counts what it answers. */
async function askOver(name: string): Promise<Result[]> {
  try {
    const results = await runWire(name, build)
    const wrong = results.flatMap(({ error }) => error ?? [])
    for (const error of wrong) failures.push(`${name}: ${error}`)
    passed += results.length - wrong.length
    failed += wrong.length
    table['over HTTP'] ??= {}
    table['over HTTP'][name] = `${results.length - wrong.length}/${results.length}`
    return results
  } catch (error) {
    failures.push(String(error))
    failed += 1
    return []
  }
}

/** Writes the matrix, or tells whether it says what this run found. */
function page(): void {
  if (!process.argv.includes('--check')) {
    writePage(wire)
    return
  }
  if (isPageOf(wire)) return
  failed += 1
  failures.push('docs/conformance.md is not what this run found: npm run test:runtimes writes it')
}

/** Puts the packed package where a user's `npm install` would, without a trace in the lock file. */
function installPackage(): void {
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync('npm', ['--loglevel=error', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  rmSync(build, { recursive: true, force: true })
  mkdirSync(build, { recursive: true })
  npm(root, 'exec', '--', 'node', 'scripts/build.ts', '--if-stale')
  npm(root, 'pack', '--ignore-scripts', '--pack-destination', build)
  const tarball = readdirSync(build).find((file) => file.endsWith('.tgz'))
  npm(here, 'install', '--no-save', '--no-package-lock', '--prefer-offline', `${build}/${tarball}`)
}

/** Bundles the suites for the runtimes, and gives them. */
async function prepare(): Promise<Suite[]> {
  const files = readdirSync(`${root}/test/conformance`)
    .filter((file) => file.endsWith('.ts') && file !== 'main.ts' && !file.endsWith('.test.ts'))
    .sort()
  writeEntries(build, files)
  await bundle(build, ['suites', 'main', 'server'])
  const { suites }: { suites: Suite[] } = await import(`${build}/suites.js`)
  if (suites.length === 0) throw new Error('There are no conformance suites')

  // A worker must not even load what it cannot run: drivers are native code.
  writeEntries(
    build,
    files.filter((_, index) => {
      const suite = suites[index]
      return suite !== undefined && runtimes['workerd']?.canRun(suite)
    }),
  )
  await bundle(build, ['worker', 'wire-worker', 'exporting'])
  return suites
}

async function collect(runtime: Runtime): Promise<{ outcomes: Outcome[]; trouble?: string }> {
  const outcomes: Outcome[] = []
  try {
    for await (const outcome of runtime.run(build)) outcomes.push(outcome)
    return { outcomes }
  } catch (error) {
    return { outcomes, trouble: error instanceof Error ? error.message : String(error) }
  }
}

/** A case without an outcome failed: its runtime ended before it. */
function record(name: string, suite: Suite, outcomes: Outcome[]): void {
  let conforming = 0
  for (const { name: title } of suite.cases) {
    const outcome = outcomes.find((each) => each.suite === suite.name && each.case === title)
    if (outcome !== undefined && outcome.error === undefined) conforming += 1
    else failures.push(`${name}: ${suite.name}: ${title}\n${outcome?.error ?? 'No outcome'}`)
  }
  passed += conforming
  failed += suite.cases.length - conforming
  table[suite.name] ??= {}
  const row = table[suite.name]
  if (row !== undefined) row[name] = `${conforming}/${suite.cases.length}`
}
