/**
 * Requests a second of a signed-in owner over loopback: read one note, list twenty (newest first, by
 * cursor), write one. Every side holds the same data at the same durability, checks the session, the
 * owner and the input, and runs in a process of its own.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Load,
  type LoadGenerator,
  type LoadResult,
  startLoadGenerator,
} from '../harness/load.ts'
import { alternate, WrongAnswer } from '../harness/rounds.ts'
import type { BenchOptions, Comparison, Suite } from '../harness/suite.ts'
import { cases, type RequestCase } from './request/cases.ts'
import { checkConduct } from './request/conduct.ts'
import { compareLatency, compareOverload } from './request/latency.ts'
import { type Side, type SideOptions, startSide } from './request/side.ts'

export const suite: Suite = { name: 'request', run }

const sides: readonly Omit<SideOptions, 'directory'>[] = [
  { name: 'ours', file: new URL('../ours.ts', import.meta.url) },
  { name: 'hand', file: new URL('../peers/hand.ts', import.meta.url) },
  { name: 'glue', file: new URL('../peers/glue.ts', import.meta.url) },
  { name: 'fastify', file: new URL('../peers/fastify.ts', import.meta.url) },
  { name: 'express', file: new URL('../peers/express.ts', import.meta.url) },
  { name: 'nestjs', file: new URL('../peers/nestjs.ts', import.meta.url) },
  { name: 'elysia', file: new URL('../peers/elysia.ts', import.meta.url) },
]
/** What `post-normal` compares with: the same hand-written server, without the promise to keep. */
const handAtNormal = {
  name: 'hand',
  file: new URL('../peers/hand.ts', import.meta.url),
  args: ['NORMAL'],
}

// Seconds, not moments: until then a side runs code that is still being compiled.
const timing = { settleMs: 5000, warmUpMs: 200, measureMs: 1000 }
const quickTiming = { settleMs: 300, warmUpMs: 100, measureMs: 400 }

async function run(options: BenchOptions): Promise<Comparison[]> {
  // Beside the code and not in the system's temporary folder, which may be memory: there an fsync
  // would cost nothing.
  const base = fileURLToPath(new URL('../.build/', import.meta.url))
  mkdirSync(base, { recursive: true })
  const directory = mkdtempSync(join(base, 'request-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const load = startLoadGenerator(join(directory, 'load.log'))
  const running: Side[] = []
  const unfit = new Map<string, string>()
  const start = async (side: Omit<SideOptions, 'directory'>): Promise<Side[]> => {
    options.progress(`start ${[side.name, ...(side.args ?? [])].join(' ')}`)
    try {
      const started = await startSide({ ...side, directory })
      running.push(started)
      return [started]
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error
      unfit.set(side.name, error.message)
      return []
    }
  }
  try {
    for (const side of sides) {
      if (options.only === undefined || options.only.has(side.name)) await start(side)
    }
    const comparisons: Comparison[] = []
    const context = { running: [...running], unfit, load, options }
    for (const request of cases) {
      for (const connections of [32, 128]) {
        if (options.cases && !options.cases.has(`${request.name}@${connections}`)) continue
        comparisons.push(await compare(request, connections, context))
      }
    }
    comparisons.push(...(await compareUnderLoad(context)))
    const ours = running.filter((side) => side.name === 'ours')
    const post = cases.find((request) => request.name === 'post')
    const wanted = options.cases?.has('post-normal@32') ?? true
    if (wanted && ours.length > 0 && post !== undefined) {
      const normal = { ...context, running: [...ours, ...(await start(handAtNormal))] }
      comparisons.push(await compare({ ...post, name: 'post-normal' }, 32, normal))
    }
    return comparisons
  } finally {
    await Promise.all([load.stop(), ...running.map((side) => side.stop())])
  }
}

interface Context {
  readonly running: readonly Side[]
  /** Sides that were refused before anything was measured, with the reason. */
  readonly unfit: ReadonlyMap<string, string>
  readonly load: LoadGenerator
  readonly options: BenchOptions
}

async function compare(
  request: RequestCase,
  connections: number,
  { running, unfit, load, options }: Context,
): Promise<Comparison> {
  const name = `${request.name}@${connections}`
  const { settleMs, warmUpMs, measureMs } = options.quick ? quickTiming : timing
  options.progress(name)

  const rate = async (side: Side, times: Pick<Load, 'warmUpMs' | 'measureMs'>): Promise<number> => {
    const requests = request.requests(side)
    const result = await load.run({ port: side.port, connections, requests, ...times })
    await assertAnswers(request, side, result)
    return result.rate
  }
  const fit: Side[] = []
  const refused = new Map(unfit)
  for (const side of running) {
    const reason = await misconduct(side)
    if (reason !== undefined) refused.set(side.name, reason)
    else fit.push(side)
  }
  const measured = fit.map((side) => ({
    name: side.name,
    settle: () => rate(side, { warmUpMs: 0, measureMs: settleMs }),
    measure: () => rate(side, { warmUpMs, measureMs }),
  }))
  const rounds = await alternate(measured, options.rounds)
  for (const [side, reason] of rounds.refused) refused.set(side, reason)
  for (const side of fit) {
    const reason = await misconduct(side)
    if (reason === undefined || refused.has(side.name)) continue
    rounds.sides.delete(side.name)
    refused.set(side.name, reason)
  }
  return { case: name, unit: 'requests/s', better: 'higher', sides: rounds.sides, refused }
}

/** The cases whose load does not wait for the server: between `ours` and `hand`, unless sides are named. */
async function compareUnderLoad({ running, load, options }: Context): Promise<Comparison[]> {
  const sides = running.filter(({ name }) => options.only?.has(name) ?? isMain(name))
  if (sides.length === 0) return []
  const loaded = { sides, load, options, check: assertAnswers }
  const comparisons: Comparison[] = []
  for (const request of cases) {
    if (options.cases?.has(`${request.name}-p99`) ?? true) {
      comparisons.push(await compareLatency(request, loaded))
    }
  }
  for (const request of cases) {
    const wanted = ['', '-p99', '-shed-p99'].some((what) =>
      options.cases?.has(`${request.name}-overload${what}`),
    )
    if (wanted || options.cases === undefined) {
      comparisons.push(...(await compareOverload(request, loaded)))
    }
  }
  return comparisons
}

const isMain = (name: string): boolean => name === 'ours' || name === 'hand'

async function assertAnswers(
  request: RequestCase,
  side: Side,
  result: Pick<LoadResult, 'statuses' | 'samples'>,
): Promise<void> {
  for (const [status, count] of Object.entries(result.statuses)) {
    if (Number(status) !== request.status) throw new WrongAnswer(`${count} answers of ${status}`)
  }
  for (const sample of result.samples) await request.check(side, sample)
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
