/**
 * What a back end weighs: kilobytes of a Worker's bundle, packages that an installation brings, and
 * milliseconds until five hundred routes are ready.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProcess } from '../harness/process.ts'
import { alternate } from '../harness/rounds.ts'
import type { BenchOptions, Comparison, Suite } from '../harness/suite.ts'
import { bundle } from './size/bundle.ts'
import { countInstalled, pack } from './size/packages.ts'

export const suite: Suite = { name: 'size', run }

/** What we have promised: stands among the peers, so that a ratio below 1 is a promise broken. */
const budget = { backend: 60, packages: 14, start: 50 }

const bundles = { ours: 'ours', 'better-auth': 'better-auth', glue: 'glue' }
const installs: Readonly<Record<string, readonly string[]>> = {
  'better-auth': ['better-auth'],
  glue: ['hono', 'drizzle-orm', 'better-auth', 'valibot'],
}
const starts = ['ours', 'hono']

async function run(options: BenchOptions): Promise<Comparison[]> {
  const base = fileURLToPath(new URL('../.build/', import.meta.url))
  mkdirSync(base, { recursive: true })
  const directory = mkdtempSync(join(base, 'size-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const wanted = (name: string): boolean => options.cases?.has(name) ?? true

  const comparisons: Comparison[] = []
  if (wanted('backend') || wanted('backend-whole')) comparisons.push(...(await backends(options)))
  if (wanted('core')) {
    const { whole } = await bundle(new URL('../peers/size/ours-core.ts', import.meta.url))
    comparisons.push(once('core', 'KB', new Map([['ours', whole]])))
  }
  if (wanted('packages')) comparisons.push(installations(directory, options))
  if (wanted('start')) comparisons.push(await compareStarts(directory, options))
  return comparisons.filter(({ case: name }) => wanted(name))
}

async function backends({ only, progress }: BenchOptions): Promise<Comparison[]> {
  const start = new Map<string, number>([['budget', budget.backend]])
  const whole = new Map(start)
  for (const [side, file] of Object.entries(bundles)) {
    if (only !== undefined && !only.has(side)) continue
    const size = await bundle(new URL(`../peers/size/${file}.ts`, import.meta.url))
    start.set(side, size.start)
    whole.set(side, size.whole)
    progress([`bundle ${side}, its largest files:`, ...size.largest].join('\n  '))
  }
  return [once('backend', 'KB', start), once('backend-whole', 'KB', whole)]
}

function installations(directory: string, { only, progress }: BenchOptions): Comparison {
  const counts = new Map<string, number>([['budget', budget.packages]])
  const sides = { ours: [pack(directory)], ...installs }
  for (const [side, packages] of Object.entries(sides)) {
    if (only !== undefined && !only.has(side)) continue
    progress(`install ${side}`)
    counts.set(side, countInstalled(join(directory, side), packages))
  }
  return once('packages', 'packages', counts)
}

async function compareStarts(
  directory: string,
  { only, rounds, progress }: BenchOptions,
): Promise<Comparison> {
  const measured = starts
    .filter((side) => only?.has(side) ?? true)
    .map((side) => {
      const file = new URL(`../peers/start/${side}.ts`, import.meta.url)
      const measure = async (): Promise<number> => {
        const child = startProcess(file, { core: 0, log: join(directory, `${side}.log`) })
        const { milliseconds } = (await child.message()) as { milliseconds: number }
        await child.stop()
        return milliseconds
      }
      return { name: side, settle: measure, measure }
    })
  progress('start')
  const { sides, refused } = await alternate(measured, rounds)
  sides.set('budget', [budget.start])
  return { case: 'start', unit: 'ms', better: 'lower', sides, refused }
}

/** A figure that is the same each time. */
function once(name: string, unit: string, figures: ReadonlyMap<string, number>): Comparison {
  const sides = new Map([...figures].map(([side, figure]) => [side, [figure]]))
  return { case: name, unit, better: 'lower', sides, refused: new Map() }
}
