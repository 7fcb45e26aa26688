import { readdirSync, readFileSync } from 'node:fs'
import type { LoadGenerator } from '../../harness/load.ts'
import { alternate, WrongAnswer } from '../../harness/rounds.ts'
import type { BenchOptions, Comparison } from '../../harness/suite.ts'
import type { RequestCase } from '../request/cases.ts'
import type { Side } from '../request/side.ts'

/** In each round. They are short: the machine's own ups and downs are longer, and so fall on all sides. */
const TURNS = 5
const timing = { settleMs: 5000, warmUpMs: 20, measureMs: 200 }
const quickTiming = { settleMs: 300, warmUpMs: 20, measureMs: 100 }
const CONNECTIONS = 32

/**
 * Requests a second, and the processor time that one takes: that of the whole process, collecting garbage
 * and sending to the collector included. The second moves less when the machine does other work.
 */
export async function compareRates(
  request: RequestCase,
  { sides, load, options }: { sides: readonly Side[]; load: LoadGenerator; options: BenchOptions },
): Promise<Comparison[]> {
  const { settleMs, warmUpMs, measureMs } = options.quick ? quickTiming : timing
  const spent = new Map<string, number[]>(sides.map(({ name }) => [name, []]))
  const measured = sides.map((side) => {
    const send = async (times: { warmUpMs: number; measureMs: number }) => {
      const requests = request.requests(side)
      const result = await load.run({
        port: side.port,
        connections: CONNECTIONS,
        requests,
        ...times,
      })
      for (const [status, count] of Object.entries(result.statuses)) {
        if (Number(status) !== request.status)
          throw new WrongAnswer(`${count} answers of ${status}`)
      }
      for (const sample of result.samples) await request.check(side, sample)
      return result
    }
    return {
      name: side.name,
      settle: () => send({ warmUpMs: 0, measureMs: settleMs }),
      async measure() {
        const before = processorTimeOf(side)
        const { rate, statuses } = await send({ warmUpMs, measureMs })
        const answers = statuses[request.status] ?? 0
        spent.get(side.name)?.push((processorTimeOf(side) - before) / answers)
        return rate
      },
    }
  })
  options.progress(`${request.name}@${CONNECTIONS}`)
  const { sides: rates, refused } = await alternate(measured, options.rounds * TURNS)
  for (const name of refused.keys()) spent.delete(name)
  return [
    { case: request.name, unit: 'requests/s', better: 'higher', sides: rates, refused },
    { case: `${request.name}-cpu`, unit: 'µs', better: 'lower', sides: spent, refused },
  ]
}

/** Microseconds that the threads of a process have run. */
function processorTimeOf({ pid }: Side): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    nanoseconds += Number(ran)
  }
  return nanoseconds / 1000
}
