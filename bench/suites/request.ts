/**
 * Requests a second of a signed-in owner over loopback: read one note, list twenty (newest first, by
 * cursor), write one. Every side holds the same data at the same durability, checks the session, the
 * owner and the input, and runs in a process of its own.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LoadGenerator, startLoadGenerator } from '../harness/load.ts'
import { alternate, WrongAnswer } from '../harness/rounds.ts'
import type { BenchOptions, Comparison, Suite } from '../harness/suite.ts'
import { cases, type RequestCase } from './request/cases.ts'
import { checkConduct } from './request/conduct.ts'
import { type Side, type SideOptions, startSide } from './request/side.ts'

export const suite: Suite = { name: 'request', run }

const sides: readonly Omit<SideOptions, 'directory'>[] = [
  { name: 'ours', file: new URL('../ours.ts', import.meta.url) },
  { name: 'hand', file: new URL('../peers/hand.ts', import.meta.url) },
  { name: 'glue', file: new URL('../peers/glue.ts', import.meta.url) },
]
/** What `post-normal` compares with: the same hand-written server, without the promise to keep. */
const handAtNormal = {
  name: 'hand',
  file: new URL('../peers/hand.ts', import.meta.url),
  args: ['NORMAL'],
}

const timing = { settleMs: 1500, warmUpMs: 300, measureMs: 2000 }
const quickTiming = { settleMs: 300, warmUpMs: 100, measureMs: 400 }

async function run(options: BenchOptions): Promise<Comparison[]> {
  // Beside the code and not in the system's temporary folder, which may be memory: there an fsync
  // would cost nothing.
  const base = fileURLToPath(new URL('../.build/', import.meta.url))
  mkdirSync(base, { recursive: true })
  const directory = mkdtempSync(join(base, 'request-'))
  const load = startLoadGenerator(join(directory, 'load.log'))
  const started: Side[] = []
  const start = async (side: Omit<SideOptions, 'directory'>): Promise<Side> => {
    options.progress(`start ${[side.name, ...(side.args ?? [])].join(' ')}`)
    const running = await startSide({ ...side, directory })
    started.push(running)
    return running
  }
  try {
    const running: Side[] = []
    for (const side of sides) {
      if (options.only === undefined || options.only.has(side.name)) running.push(await start(side))
    }
    const comparisons: Comparison[] = []
    for (const request of cases) {
      for (const connections of [32, 128]) {
        comparisons.push(await compare(request, connections, { running, load, options }))
      }
    }
    const ours = running.filter((side) => side.name === 'ours')
    const post = cases.find((request) => request.name === 'post')
    if (ours.length > 0 && post !== undefined) {
      const against = { running: [...ours, await start(handAtNormal)], load, options }
      comparisons.push(await compare({ ...post, name: 'post-normal' }, 32, against))
    }
    return comparisons
  } finally {
    await Promise.all([load.stop(), ...started.map((side) => side.stop())])
    rmSync(directory, { recursive: true })
  }
}

interface Context {
  readonly running: readonly Side[]
  readonly load: LoadGenerator
  readonly options: BenchOptions
}

async function compare(
  request: RequestCase,
  connections: number,
  { running, load, options }: Context,
): Promise<Comparison> {
  const name = `${request.name}@${connections}`
  const { settleMs, warmUpMs, measureMs } = options.quick ? quickTiming : timing
  options.progress(name)

  const send = async (
    side: Side,
    times: { warmUpMs: number; measureMs: number },
  ): Promise<number> => {
    const { port } = side
    const result = await load.run({ port, connections, requests: request.requests(side), ...times })
    for (const [status, count] of Object.entries(result.statuses)) {
      if (Number(status) !== request.status) throw new WrongAnswer(`${count} answers of ${status}`)
    }
    for (const sample of result.samples) await request.check(side, sample)
    return result.rate
  }

  const measured = running.map((side) => {
    let settled = false
    const measure = async (): Promise<number> => {
      if (!settled) {
        await checkConduct(side)
        await send(side, { warmUpMs: 0, measureMs: settleMs })
        settled = true
      }
      return send(side, { warmUpMs, measureMs })
    }
    return { name: side.name, measure }
  })
  const { sides: figures, refused } = await alternate(measured, options.rounds)
  for (const side of running) {
    if (refused.has(side.name)) continue
    await checkConduct(side).catch((error: unknown) => {
      if (!(error instanceof WrongAnswer)) throw error
      figures.delete(side.name)
      refused.set(side.name, error.message)
    })
  }
  return { case: name, unit: 'requests/s', better: 'higher', sides: figures, refused }
}
