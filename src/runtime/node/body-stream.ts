import type { IncomingMessage } from 'node:http'
import { bodyIncomplete, tooLarge } from '../../http/index.ts'
import { hasBody } from './body.ts'

/** A body as a stream, and what ends it: whoever still reads it is told that it is incomplete. */
export interface BodyStream {
  readonly stream: ReadableStream<Uint8Array>
  readonly end: () => void
}

/**
 * Gives the body as it arrives: the connection is read from no faster than the stream. Throws
 * `body_too_large` (413) when more than `limit` bytes are announced; the stream ends with it when
 * more have come, with `body_incomplete` (400) when the client goes before the end. `invite` is
 * called before anything is waited for.
 */
export function streamBody(
  message: IncomingMessage,
  { limit, invite }: { readonly limit: number; readonly invite: () => void },
): BodyStream {
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  if (!hasBody(message)) return { stream: new Blob([]).stream(), end: () => {} }
  let length = 0
  let release = () => {}
  let giveUp = (_reason: unknown) => {}
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        release = listen(controller)
        invite()
      },
      pull: () => void message.resume(),
      cancel: () => release(),
    },
    { highWaterMark: 0 },
  )
  return { stream, end: () => giveUp(bodyIncomplete()) }

  function listen(controller: ReadableStreamDefaultController<Uint8Array>): () => void {
    message.pause()
    giveUp = finish
    message.on('data', add).on('end', end).on('close', fail).on('error', fail)
    // Gone already: neither the end nor the close would be told again.
    if (message.destroyed || message.readableEnded) fail()
    return stop

    function add(chunk: Buffer): void {
      message.pause()
      length += chunk.length
      if (length > limit) finish(tooLarge(limit))
      else controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
    }

    function end(): void {
      stop()
      controller.close()
    }

    function fail(cause?: unknown): void {
      finish(bodyIncomplete(cause))
    }

    function finish(reason: unknown): void {
      stop()
      controller.error(reason)
    }

    function stop(): void {
      message.off('data', add).off('end', end).off('close', fail).off('error', fail)
      message.pause()
    }
  }
}
