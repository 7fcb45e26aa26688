/**
 * Asks our side in process for as many different paths as it is told to, and says by how many MiB the heap
 * has grown since the first ten thousand.
 *
 * `node peers/monitor/memory.ts full|off|export COUNT COLLECTOR`
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { backend } from 'plinth'
import { anyone, loopback, operation } from 'plinth/api'
import { sqlite } from 'plinth/data/sqlite'
import { type MonitorOptions, otlp } from 'plinth/monitor'
import * as v from 'valibot'

const [monitoring = 'full', count = '1000000', collector = ''] = process.argv.slice(2)
const FIRST = 10_000

const metrics = { guard: loopback }
const monitors: Readonly<Record<string, MonitorOptions>> = {
  full: { metrics },
  off: { logs: false, metrics: false },
  export: { metrics, parts: [otlp({ url: collector })] },
}
const echo = operation({
  method: 'GET',
  path: '/echo/:word',
  guard: anyone,
  params: v.object({ word: v.string() }),
  responses: { 200: v.object({ word: v.string() }) },
  handler: ({ params }) => ({ status: 200, body: params }),
})
const app = await backend({
  data: sqlite(':memory:', []),
  api: { echo },
  monitor: monitors[monitoring] ?? {},
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

await ask(0, FIRST)
const before = heap()
await ask(FIRST, Number(count))
await app.flush()
process.send?.({ grown: Math.max(heap() - before, 0.01) })

/** Half of the paths lead to an operation, half nowhere. */
async function ask(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 1) {
    const path = at % 2 === 0 ? `/echo/word-${at}` : `/nowhere-${at}`
    const response = await app.fetch(new Request(`https://app.example${path}`))
    await response.text()
    // What is sent is sent between requests.
    if (at % 50_000 === 0) process.send?.({ asked: at })
    if (at % 512 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** MiB in use. */
function heap(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}
