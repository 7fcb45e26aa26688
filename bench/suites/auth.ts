/**
 * What signing in costs: microseconds to find out whose session a request has, with one session and
 * with more than anybody remembers; milliseconds of a sign-in beside those of its hash alone; kilobytes of
 * a bundle with passwords and sessions, and of one with a factor more; milliseconds of the compiler.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, startProcess } from '../harness/process.ts'
import { alternate, WrongAnswer } from '../harness/rounds.ts'
import type { BenchOptions, Comparison, Suite } from '../harness/suite.ts'
import { projects } from './auth/projects.ts'
import type { AuthCase, Order, Report } from './auth/side.ts'
import { bundle } from './size/bundle.ts'
import { check, writeProject } from './types/compile.ts'

export const suite: Suite = { name: 'auth', run }

const sideNames = ['ours', 'hand', 'better-auth']
/** What has been promised: kilobytes that passwords and sessions add. */
const budget = { core: 30 }

interface Timed {
  readonly name: AuthCase
  readonly settleMs: number
  readonly measureMs: number
}

const timed: readonly Timed[] = [
  { name: 'session', settleMs: 2000, measureMs: 300 },
  { name: 'session-many', settleMs: 2000, measureMs: 300 },
  { name: 'sign-in', settleMs: 2000, measureMs: 1000 },
]

const bundles = ['core', 'core-totp', 'core-magic-link', 'core-passkeys', 'core-oauth']

async function run(options: BenchOptions): Promise<Comparison[]> {
  const base = fileURLToPath(new URL('../.build/', import.meta.url))
  mkdirSync(base, { recursive: true })
  const directory = mkdtempSync(join(base, 'auth-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const wanted = (name: string): boolean => options.cases?.has(name) ?? true
  const comparisons: Comparison[] = []
  const cases = timed.filter(({ name }) => wanted(name))
  if (cases.length > 0) comparisons.push(...(await compare(cases, directory, options)))
  if (wanted('check')) comparisons.push(await compareChecks(directory, options))
  for (const name of bundles.filter(wanted)) comparisons.push(await weigh(name))
  return comparisons
}

async function compare(
  cases: readonly Timed[],
  directory: string,
  { rounds, quick, only, progress }: BenchOptions,
): Promise<Comparison[]> {
  const names = sideNames.filter((name) => only?.has(name) ?? true)
  const children = new Map<string, Child>()
  try {
    for (const name of names) {
      progress(`start ${name}`)
      const file = new URL(`../peers/auth/${name}.ts`, import.meta.url)
      const child = startProcess(file, {
        log: join(directory, `${name}.log`),
        args: [join(directory, `${name}.db`)],
      })
      children.set(name, child)
      await child.message()
    }
    const comparisons: Comparison[] = []
    for (const { name, settleMs, measureMs } of cases) {
      progress(name)
      const scale = quick ? 0.1 : 1
      const sides = [...children].map(([side, child]) => ({
        name: side,
        settle: () => ask(child, { case: name, ms: settleMs * scale }),
        measure: () => ask(child, { case: name, ms: measureMs * scale }),
      }))
      // The hash that all sides compute, by itself.
      const [first] = children.values()
      const hash = { case: 'hash', ms: measureMs * scale } as const
      const reference = {
        name: 'hash',
        settle: () => ask(first, hash),
        measure: () => ask(first, hash),
      }
      const measured = name === 'sign-in' && first ? [...sides, reference] : sides
      comparisons.push({
        case: name,
        unit: 'us',
        better: 'lower',
        ...(await alternate(measured, rounds)),
      })
    }
    return comparisons
  } finally {
    await Promise.all([...children.values()].map((child) => child.stop()))
  }
}

async function ask(child: Child | undefined, order: Order): Promise<number> {
  if (!child) throw new WrongAnswer('the side is not there')
  const answer = child.message()
  child.process.send(order)
  const report = (await answer) as Report
  if ('wrong' in report) throw new WrongAnswer(report.wrong)
  if ('absent' in report) throw new WrongAnswer('the side does not have the case')
  return report.figure
}

/**
 * Milliseconds of the compiler, which checks a small app and emits its declarations: `ours` with every
 * part switched on, `core` with passwords alone.
 */
async function compareChecks(
  directory: string,
  { rounds, progress }: BenchOptions,
): Promise<Comparison> {
  progress('check')
  const sides = Object.entries(projects).map(([name, sources]) => {
    const project = join(directory, name)
    writeProject(project, sources)
    const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', 'out']
    const measure = async (): Promise<number> => (await check(project, emit)).milliseconds
    return { name, settle: measure, measure }
  })
  return { case: 'check', unit: 'ms', better: 'lower', ...(await alternate(sides, rounds)) }
}

/** What it adds to a back end without accounts. */
async function weigh(name: string): Promise<Comparison> {
  const sizeOf = async (file: string): Promise<number> =>
    (await bundle(new URL(`../peers/auth/size/${file}.ts`, import.meta.url))).start
  const sides = new Map([['ours', [(await sizeOf(name)) - (await sizeOf('base'))]]])
  if (name === 'core') sides.set('budget', [budget.core])
  return { case: `size-${name}`, unit: 'KB', better: 'lower', sides, refused: new Map() }
}
