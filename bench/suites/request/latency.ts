import type { LoadGenerator, OpenLoadResult } from '../../harness/load.ts'
import { alternate, median, WrongAnswer } from '../../harness/rounds.ts'
import type { BenchOptions, Comparison } from '../../harness/suite.ts'
import type { RequestCase } from './cases.ts'
import type { Side } from './side.ts'

/** Of the lowest capacity among the sides: all meet the same load. */
const SHARE = 0.7
/** Of each side's own capacity. */
const OVERLOAD = 2
/** More than are ever needed below capacity; above it, what a server may have waiting at a time. */
const CONNECTIONS = { below: 256, above: 512 }
const CAPACITY_CONNECTIONS = 64
const CAPACITY_TURNS = 3

const timing = { settleMs: 3000, warmUpMs: 500, measureMs: 4000 }
const quickTiming = { settleMs: 300, warmUpMs: 100, measureMs: 500 }

export interface Loaded {
  readonly sides: readonly Side[]
  readonly load: LoadGenerator
  readonly options: BenchOptions
  /** Throws `WrongAnswer` for answers that are not what they must be. */
  readonly check: (request: RequestCase, side: Side, result: OpenLoadResult) => Promise<void>
}

/**
 * How long the slowest hundredth of the answers takes while requests come at 70 % of what the sides
 * can do: at the same rate for all, counted from when each was due.
 */
export async function compareLatency(request: RequestCase, loaded: Loaded): Promise<Comparison> {
  const capacities = await capacitiesOf(request, loaded)
  const rate = SHARE * Math.min(...capacities.values())
  loaded.options.progress(`${request.name}-p99 at ${Math.round(rate)} requests/s`)
  const measured = loaded.sides.map((side) => {
    const measure = async (): Promise<number> => {
      const result = await run(request, side, { loaded, rate, connections: CONNECTIONS.below })
      await loaded.check(request, side, result)
      if (result.unanswered > 0) throw new WrongAnswer(`${result.unanswered} requests unanswered`)
      return result.latencies[request.status]?.p99 ?? Number.NaN
    }
    return { name: side.name, settle: measure, measure }
  })
  const { sides, refused } = await alternate(measured, loaded.options.rounds)
  return { case: `${request.name}-p99`, unit: 'ms', better: 'lower', sides, refused }
}

/**
 * What becomes of requests at twice what a side can do: how many are answered, how long those wait, and
 * how long those wait that are sent away with 503. A side that sends none away has no figure there.
 */
export async function compareOverload(request: RequestCase, loaded: Loaded): Promise<Comparison[]> {
  const capacities = await capacitiesOf(request, loaded)
  const told = new Map<string, OpenLoadResult[]>()
  const measured = loaded.sides.map((side) => {
    const rate = OVERLOAD * (capacities.get(side.name) ?? 0)
    const measure = async (): Promise<number> => {
      const result = await run(request, side, { loaded, rate, connections: CONNECTIONS.above })
      const { 503: _shed, ...others } = result.statuses
      const accepted = result.samples.filter(({ status }) => status !== 503)
      await loaded.check(request, side, { ...result, statuses: others, samples: accepted })
      told.set(side.name, [...(told.get(side.name) ?? []), result])
      return result.latencies[request.status]?.p99 ?? Number.NaN
    }
    const settle = async (): Promise<void> => {
      loaded.options.progress(`${request.name}-overload ${side.name} at ${Math.round(rate)}/s`)
      await measure()
      told.set(side.name, [])
    }
    return { name: side.name, settle, measure }
  })
  const { refused } = await alternate(measured, loaded.options.rounds)
  for (const name of refused.keys()) told.delete(name)
  const figures = (of: (result: OpenLoadResult) => number | undefined): Map<string, number[]> => {
    const all = Array.from(told, ([name, results]) => [
      name,
      results.map(of).filter((figure) => figure !== undefined),
    ]) satisfies [string, number[]][]
    return new Map(all.filter(([, list]) => list.length > 0))
  }
  const name = `${request.name}-overload`
  const accepted = (result: OpenLoadResult) => result.latencies[request.status]
  return [
    {
      case: name,
      unit: 'requests/s',
      better: 'higher',
      sides: figures((result) => accepted(result)?.rate),
      refused,
    },
    {
      case: `${name}-p99`,
      unit: 'ms',
      better: 'lower',
      sides: figures((result) => accepted(result)?.p99),
      refused,
    },
    {
      case: `${name}-shed-p99`,
      unit: 'ms',
      better: 'lower',
      sides: figures((result) => result.latencies[503]?.p99),
      refused,
    },
  ]
}

/** Requests a second of each side when asked as fast as it answers. */
async function capacitiesOf(
  request: RequestCase,
  { sides, load, options }: Loaded,
): Promise<Map<string, number>> {
  const { settleMs, measureMs } = options.quick ? quickTiming : timing
  const rates = new Map<string, number[]>()
  for (let turn = 0; turn < CAPACITY_TURNS; turn++) {
    for (const side of sides) {
      const { rate } = await load.run({
        port: side.port,
        connections: CAPACITY_CONNECTIONS,
        requests: request.requests(side),
        warmUpMs: turn === 0 ? settleMs : 0,
        measureMs: measureMs / 2,
      })
      rates.set(side.name, [...(rates.get(side.name) ?? []), rate])
    }
  }
  return new Map(Array.from(rates, ([name, list]) => [name, median(list)]))
}

function run(
  request: RequestCase,
  side: Side,
  { loaded, rate, connections }: { loaded: Loaded; rate: number; connections: number },
): Promise<OpenLoadResult> {
  const { warmUpMs, measureMs } = loaded.options.quick ? quickTiming : timing
  const requests = request.requests(side)
  return loaded.load.runOpen({ port: side.port, connections, requests, rate, warmUpMs, measureMs })
}
