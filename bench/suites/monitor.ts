/**
 * What monitoring costs: one server with all of it, with none of it, without the code of it, and beside
 * them the hand-written one under OpenTelemetry's auto-instrumentation and pino.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLoadGenerator } from '../harness/load.ts'
import { WrongAnswer } from '../harness/rounds.ts'
import type { BenchOptions, Comparison, Suite } from '../harness/suite.ts'
import { compareAudit } from './monitor/audit.ts'
import { copyWithout } from './monitor/bare.ts'
import { startCollector } from './monitor/collector.ts'
import { compareMemory } from './monitor/memory.ts'
import { compareRates } from './monitor/rates.ts'
import { cases } from './request/cases.ts'
import { checkConduct } from './request/conduct.ts'
import { compareLatency } from './request/latency.ts'
import { type Side, type SideOptions, startSide } from './request/side.ts'

export const suite: Suite = { name: 'monitor', run }

/** What a case compares: one of the sides, called `ours` in the report, with others. */
const projections: readonly { readonly name: string; ours: string; peers: readonly string[] }[] = [
  { name: 'full', ours: 'full', peers: ['off', 'otel-auto', 'hand'] },
  { name: 'idle', ours: 'off', peers: ['bare'] },
  { name: 'export', ours: 'export', peers: ['off', 'otel-auto', 'hand'] },
]

async function run(options: BenchOptions): Promise<Comparison[]> {
  const base = fileURLToPath(new URL('../.build/', import.meta.url))
  mkdirSync(base, { recursive: true })
  const directory = mkdtempSync(join(base, 'monitor-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const load = startLoadGenerator(join(directory, 'load.log'))
  const collector = await startCollector()
  const running: Side[] = []
  try {
    const unfit = new Map<string, string>()
    for (const side of sidesOf(directory, collector.url)) {
      if (options.only && !options.only.has(side.name)) continue
      options.progress(`start ${side.name}`)
      const started = await startSide({ ...side, directory })
      running.push(started)
      const reason = await misconduct(started)
      if (reason !== undefined) unfit.set(side.name, reason)
    }
    const [get] = cases
    if (!get) return []
    const sides = running.filter(({ name }) => !unfit.has(name))
    const comparisons: Comparison[] = []
    for (const request of cases) {
      if (!wanted(options, suffixOf(request.name))) continue
      comparisons.push(...(await compareRates(request, { sides, load, options })))
    }
    if (wanted(options, '-p99')) {
      const check = async (): Promise<void> => {}
      comparisons.push(await compareLatency(get, { sides, load, options, check }))
    }
    const projected = comparisons.flatMap((comparison) => project(comparison, unfit))
    if (wanted(options, 'memory')) projected.push(await compareMemory(collector.url, options))
    if (wanted(options, 'audit')) projected.push(await compareAudit(directory, options))
    return projected
  } finally {
    await Promise.all([load.stop(), collector.stop(), ...running.map((side) => side.stop())])
  }
}

function sidesOf(directory: string, collector: string): Omit<SideOptions, 'directory'>[] {
  const ours = new URL('../ours.ts', import.meta.url)
  return [
    { name: 'full', file: ours, args: ['full'] },
    { name: 'off', file: ours, args: ['off'] },
    {
      name: 'bare',
      file: new URL('../peers/monitor/bare.ts', import.meta.url),
      args: ['off', copyWithout(directory)],
    },
    { name: 'export', file: ours, args: ['export', collector] },
    { name: 'hand', file: new URL('../peers/hand.ts', import.meta.url) },
    {
      name: 'otel-auto',
      file: new URL('../peers/monitor/otel-auto.ts', import.meta.url),
      args: ['FULL', collector],
    },
  ]
}

/** What a request is called behind the name of a case: reading a note is the one that goes without saying. */
function suffixOf(request: string): string {
  return request.replace(/^get/, '').replace(/^(?=\w)/, '-')
}

/** `memory`, `audit`, or what stands behind the name of a case. */
function wanted({ cases: named }: BenchOptions, what: string): boolean {
  if (named === undefined) return true
  if (what === 'memory' || what === 'audit') return named.has(what)
  return projections.some(({ name }) => named.has(name + what))
}

function project(comparison: Comparison, unfit: ReadonlyMap<string, string>): Comparison[] {
  const refused = new Map([...unfit, ...comparison.refused])
  return projections.flatMap(({ name, ours, peers }) => {
    const sides = new Map<string, readonly number[]>()
    for (const [side, label] of [[ours, 'ours'], ...peers.map((peer) => [peer, peer])] as const) {
      const figures = comparison.sides.get(side as string)
      if (figures) sides.set(label as string, figures)
    }
    if (!sides.has('ours')) return []
    return { ...comparison, case: name + suffixOf(comparison.case), sides, refused }
  })
}

async function misconduct(side: Side): Promise<string | undefined> {
  try {
    await checkConduct(side)
    return undefined
  } catch (error) {
    if (error instanceof WrongAnswer) return error.message
    throw error
  }
}
