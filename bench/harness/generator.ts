/**
 * The load generator: raw sockets, one request under way on each, and as little work per answer as
 * possible, because whatever the client spends is noise in what the server is measured by.
 */
import type { Socket } from 'node:net'
import { openConnection } from './connection.ts'
import type { Load, LoadResult, OpenLoad } from './load.ts'
import { generateOpen } from './open-loop.ts'

/** Every so many answers one is kept whole for checking. */
const SAMPLE_EVERY = 251
const SAMPLES_AT_MOST = 200
/** No answer for this long ends the run: a benchmark that hangs tells nobody anything. */
const SILENCE_MS = 20_000

process.on('message', (load: Load | OpenLoad) => {
  const run = 'rate' in load ? generateOpen(load) : generate(load)
  run.then(
    (result: unknown) => process.send?.(result),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.once('disconnect', () => process.exit())

async function generate(load: Load): Promise<LoadResult> {
  const run = new Run(load)
  const sockets = Array.from({ length: load.connections }, (_, i) => run.open(i))
  try {
    await Promise.race([run.failed, delay(load.warmUpMs)])
    const from = performance.now()
    const before = run.answers
    await Promise.race([run.failed, delay(load.measureMs)])
    const rate = ((run.answers - before) * 1000) / (performance.now() - from)
    run.stopping = true
    await Promise.race([run.failed, run.drained])
    return { rate, statuses: Object.fromEntries(run.statuses), samples: run.samples }
  } finally {
    clearInterval(run.watch)
    for (const socket of sockets) socket.destroy()
  }
}

class Run {
  answers = 0
  stopping = false
  readonly statuses = new Map<number, number>()
  readonly samples: LoadResult['samples'][number][] = []
  readonly failed: Promise<never>
  readonly drained: Promise<void>
  readonly watch: NodeJS.Timeout
  readonly #load: Load
  readonly #requests: readonly Buffer[]
  #open = 0
  #fail: (reason: Error) => void = () => {}
  #drain: () => void = () => {}

  constructor(load: Load) {
    this.#load = load
    this.#requests = load.requests.map((request) => Buffer.from(request))
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.drained = new Promise((resolve) => {
      this.#drain = resolve
    })
    let seen = -1
    this.watch = setInterval(() => {
      if (seen === this.answers) this.#fail(new Error(`no answer for ${SILENCE_MS} ms`))
      seen = this.answers
    }, SILENCE_MS)
  }

  open(index: number): Socket {
    // Connections start at different places of the list, so that they do not ask in step.
    let at = Math.floor((index * this.#requests.length) / this.#load.connections)
    this.#open++

    const finish = (status: number, body: Buffer): void => {
      this.answers++
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
      if (this.answers % SAMPLE_EVERY === 1 && this.samples.length < SAMPLES_AT_MOST) {
        this.samples.push({ request: at, status, body: body.toString() })
      }
      at = (at + 1) % this.#requests.length
      if (!this.stopping) send()
      else if (--this.#open === 0) this.#drain()
    }

    const socket = openConnection(this.#load.port, { answered: finish, failed: this.#fail })
    const send = (): void => void socket.write(this.#requests[at] as Buffer)
    socket.once('connect', send)
    return socket
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
