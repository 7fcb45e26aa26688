import { type Client, fromRequest, type Incoming, type Outgoing } from '../http/index.ts'
import { isEventStream } from './framing.ts'
import { isReported } from './reported.ts'

/** A request and its answer, from the first to the last byte. */
export interface Exchange {
  readonly incoming: Incoming
  /** Makes the answer part of the exchange: one that is a stream ends it when the stream does. */
  send(outgoing: Outgoing): Outgoing
  /** Ends it without an answer. */
  end(): void
  /** Ends an answer that would not end by itself, in order. */
  endEvents(): void
  /** Aborts the handler, or the stream of its answer. */
  abort(reason: unknown): void
}

interface Begun {
  readonly request: Request
  readonly client: Client
  readonly onEnd: (exchange: Exchange) => void
  /** Told of a stream that broke. */
  readonly onError: (error: unknown) => void
}

/**
 * Begins an exchange. Its signal is not the request's own, which some runtimes abort when all went
 * well too, and none when the server gives up.
 */
export function beginExchange({ request, client, onEnd, onError }: Begun): Exchange {
  const stop = new AbortController()
  let watched = false
  let ended = false
  let events: (() => void) | undefined
  const incoming = fromRequest(request, { ...client, signal: watch })
  const exchange = { incoming, send, end, abort, endEvents: () => events?.() }
  return exchange

  function watch(): AbortSignal {
    if (watched || ended) return stop.signal
    watched = true
    const { signal } = request
    if (signal.aborted) abort(signal.reason)
    else signal.addEventListener('abort', () => abort(signal.reason), { once: true })
    return stop.signal
  }

  function abort(reason: unknown): void {
    if (!ended) stop.abort(reason)
  }

  function end(): void {
    ended = true
    onEnd(exchange)
  }

  function send(outgoing: Outgoing): Outgoing {
    if (outgoing.body instanceof ReadableStream) {
      return { ...outgoing, body: follow(outgoing.body, isEventStream(outgoing)) }
    }
    end()
    return outgoing
  }

  function follow(body: ReadableStream<Uint8Array>, isEvents: boolean): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          const giveUp = () => {
            controller.error(stop.signal.reason)
            cancel(stop.signal.reason)
          }
          if (isEvents) {
            events = () => {
              if (ended) return
              cancel(undefined)
              controller.close()
            }
          }
          if (stop.signal.aborted) giveUp()
          else stop.signal.addEventListener('abort', giveUp)
        },
        async pull(controller) {
          try {
            const { done, value } = await reader.read()
            if (ended) return
            if (!done) return controller.enqueue(value)
            end()
            controller.close()
          } catch (error) {
            // A stream may end with the news that its client has gone, which is none.
            if (ended) return
            if (!isReported(error)) onError(error)
            end()
            throw error
          }
        },
        cancel,
      },
      { highWaterMark: 0 },
    )

    function cancel(reason: unknown): void {
      end()
      // Nobody reads it any more, and whether it likes being cancelled changes nothing.
      reader.cancel(reason).catch(() => {})
    }
  }
}
