/**
 * The load generator: raw sockets, one request under way on each, and as little work per answer as
 * possible, because whatever the client spends is noise in what the server is measured by.
 */
import { connect, type Socket } from 'node:net'
import type { Load, LoadResult } from './load.ts'

/** Every so many answers one is kept whole for checking. */
const SAMPLE_EVERY = 251
const SAMPLES_AT_MOST = 200
/** No answer for this long ends the run: a benchmark that hangs tells nobody anything. */
const SILENCE_MS = 20_000

process.on('message', (load: Load) => {
  generate(load).then(
    (result) => process.send?.(result),
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
    let missing = 0
    let parts: Buffer[] = []
    let status = 0
    this.#open++

    const onRead = (size: number, buffer: Uint8Array): boolean => {
      let chunk = Buffer.from(buffer.buffer, buffer.byteOffset, size)
      if (missing > 0) {
        parts.push(Buffer.from(chunk))
        missing -= size
        if (missing <= 0) finish(Buffer.concat(parts))
        return true
      }
      if (parts.length > 0) chunk = Buffer.concat([...parts, chunk])
      const head = chunk.indexOf('\r\n\r\n')
      if (head < 0) {
        parts = [Buffer.from(chunk)]
        return true
      }
      status = Number(chunk.toString('latin1', 9, 12))
      const length = /\r\ncontent-length: *(\d+)/i.exec(chunk.toString('latin1', 0, head))?.[1]
      if (length === undefined) {
        this.#fail(
          new Error(`an answer without Content-Length: ${chunk.toString('latin1', 0, head)}`),
        )
        return false
      }
      const body = chunk.subarray(head + 4)
      missing = Number(length) - body.length
      parts = []
      if (missing <= 0) finish(body)
      else parts.push(Buffer.from(body))
      return true
    }

    const finish = (body: Buffer): void => {
      this.answers++
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
      if (this.answers % SAMPLE_EVERY === 1 && this.samples.length < SAMPLES_AT_MOST) {
        this.samples.push({ request: at, status, body: body.toString() })
      }
      missing = 0
      parts = []
      at = (at + 1) % this.#requests.length
      if (!this.stopping) send()
      else if (--this.#open === 0) this.#drain()
    }

    const socket = connect({
      port: this.#load.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafeSlow(65_536), callback: onRead },
    })
    const send = (): void => void socket.write(this.#requests[at] as Buffer)
    socket.once('connect', send)
    socket.once('error', this.#fail)
    socket.once('close', () => this.#fail(new Error('the server closed a connection')))
    return socket
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
