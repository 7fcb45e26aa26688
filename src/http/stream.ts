import { PlinthError } from '../kernel/index.ts'
import type { Asked } from './answering.ts'
import { reportProblem } from './report.ts'

/** How the items of a body are written. */
interface StreamOptions {
  readonly asked: Asked
  /** Names the operation. */
  readonly place: string
  readonly write: (item: unknown) => string | Uint8Array
  /** What is sent while no item comes. */
  readonly heartbeat?: { readonly every: number; readonly text: string }
}

/**
 * Makes the stream of an answer whose body is an `AsyncIterable`, or undefined of any other. An item is
 * asked for when the one before has been taken. However the stream ends early, the iterator is told so
 * once and the request's signal is aborted, which wakes an iterator that waits.
 */
export function streamOf(
  body: unknown,
  options: StreamOptions,
): ReadableStream<Uint8Array> | undefined {
  if (!isAsyncIterable(body)) return undefined
  return new ReadableStream(new ItemSource(body, options), { highWaterMark: 0 })
}

function isAsyncIterable(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

type Controller = ReadableStreamDefaultController<Uint8Array>

const encoder = new TextEncoder()

class ItemSource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #options: StreamOptions
  readonly #iterator: AsyncIterator<unknown>
  #signal: AbortSignal | undefined
  #giveUp: (() => void) | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #ended = false

  constructor(body: AsyncIterable<unknown>, options: StreamOptions) {
    this.#options = options
    this.#iterator = body[Symbol.asyncIterator]()
  }

  start(controller: Controller): void {
    const { asked, heartbeat } = this.#options
    // Nobody will read it: whoever writes the answer to HEAD leaves the body away.
    if (asked.exchange.incoming.method === 'HEAD') return
    const { signal } = asked.exchange
    const giveUp = () => {
      if (this.#ended) return
      controller.error(signal.reason)
      this.#leave(signal.reason)
    }
    this.#signal = signal
    this.#giveUp = giveUp
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp)
    if (heartbeat && !this.#ended) {
      this.#timer = setInterval(() => beat(controller, heartbeat.text), heartbeat.every)
    }
  }

  async pull(controller: Controller): Promise<void> {
    try {
      const { done, value } = await this.#iterator.next()
      if (this.#ended) return
      if (!done) return controller.enqueue(toBytes(this.#options.write(value)))
      this.#end()
      controller.close()
    } catch (error) {
      this.#break(controller, error)
    }
  }

  cancel(reason: unknown): void {
    if (!this.#ended) this.#leave(reason)
  }

  /** Errors the stream, so that its reader does not take a part for the whole. */
  #break(controller: Controller, error: unknown): void {
    // An iterator that was told to end may fail of it.
    if (this.#ended) return
    const { asked, place } = this.#options
    reportProblem(asked.exchange, asked.signals, { name: place, status: 500, error })
    const failure = streamFailed(error)
    controller.error(failure)
    this.#leave(failure)
  }

  #leave(reason: unknown): void {
    this.#end()
    this.#options.asked.exchange.expire(reason)
    // The iterator hears of its end, and what it says of that changes nothing any more.
    void this.#return().catch(() => {})
  }

  async #return(): Promise<void> {
    await this.#iterator.return?.()
  }

  #end(): void {
    this.#ended = true
    clearInterval(this.#timer)
    if (this.#giveUp) this.#signal?.removeEventListener('abort', this.#giveUp)
  }
}

function toBytes(written: string | Uint8Array): Uint8Array {
  return typeof written === 'string' ? encoder.encode(written) : written
}

/** Unless the last one has not been taken yet: a reader that is slow needs nothing to stay awake. */
function beat(controller: Controller, text: string): void {
  if ((controller.desiredSize ?? -1) >= 0) controller.enqueue(encoder.encode(text))
}

/** What a stream ends with whose failure has been reported. */
function streamFailed(cause: unknown): PlinthError<'stream_failed'> {
  return new PlinthError('stream_failed', 'The stream of the answer broke.', { cause })
}
