import type { IncomingMessage } from 'node:http'
import { bodyIncomplete, tooLarge } from '../../http/index.ts'
import { createTurns } from './turn.ts'

const EMPTY = new Uint8Array(0)
const FIRST_BUFFER = 16_384
/** Bytes from which on reading a body takes so long that others should have their turn before the next. */
const HEAVY = 65_536
const ownTurn = createTurns(1)

/** Whether the request announces a body (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  if (length !== undefined) return length !== '0'
  return headers['transfer-encoding'] !== undefined
}

/**
 * Reads the whole body: at once when all of it has arrived. Rejects with `body_too_large` (413) when
 * more than `limit` bytes are announced or have come, with `body_incomplete` (400) when the client
 * goes before the end. `invite` is called before anything is waited for.
 */
export function readBody(
  message: IncomingMessage,
  { limit, invite }: { readonly limit: number; readonly invite: () => void },
): Uint8Array | Promise<Uint8Array> {
  if (!hasBody(message)) return EMPTY
  const announced = Number(message.headers['content-length'] ?? 0)
  if (announced > limit) return Promise.reject(tooLarge(limit))
  invite()
  return read(message, { announced, limit })
}

async function read(
  message: IncomingMessage,
  { announced, limit }: { readonly announced: number; readonly limit: number },
): Promise<Uint8Array> {
  // A handler begins while the parser is still at the headers. What came in the same packet has
  // arrived a microtask later, and taking it at once costs half of listening for it.
  await undefined
  if (announced === 0 || message.readableLength !== announced) return collect(message, limit)
  const chunk: Buffer = message.read()
  // To its end, so that the stream lets go of its parser.
  message.resume()
  return plain(chunk)
}

function collect(message: IncomingMessage, limit: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  let bytes: Uint8Array = EMPTY
  let length = 0

  message.on('data', add).on('end', end).on('close', fail).on('error', fail)
  // Gone already: neither the end nor the close would be told again.
  if (message.destroyed || message.readableEnded) fail()
  return promise

  function add(chunk: Buffer): void {
    const needed = length + chunk.length
    if (needed > limit) {
      release()
      message.pause()
      reject(tooLarge(limit))
      return
    }
    // Copied, not listed: a body of one-byte chunks would hold a hundred times its size in buffers.
    if (needed > bytes.length) bytes = grow(bytes.subarray(0, length), needed)
    bytes.set(chunk, length)
    length = needed
  }

  function end(): void {
    release()
    const whole = bytes.subarray(0, length)
    if (length < HEAVY) resolve(whole)
    else void ownTurn().then(() => resolve(whole))
  }

  function fail(cause?: unknown): void {
    release()
    reject(bodyIncomplete(cause))
  }

  function release(): void {
    message.off('data', add).off('end', end).off('close', fail).off('error', fail)
  }
}

function grow(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, bytes.length * 2, FIRST_BUFFER))
  larger.set(bytes)
  return larger
}

/** A `Buffer` is a `Uint8Array` whose `slice` and `toString` do something else. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
