import type { Outgoing } from '../../http/index.ts'
import { allowsBody, isEventStream, keepsHeader } from '../framing.ts'
import { hasBody } from './body.ts'
import type { NodeIncoming } from './incoming.ts'
import { createTurns } from './turn.ts'
import type { NoteUnread } from './unread.ts'

/** What becomes of the connection after the answer. */
interface Connection {
  /** Whether it ends with this answer. */
  readonly ending: boolean
  /** Whether the server accepts no more: streams of events are not begun. */
  readonly closing: boolean
  /** Tells the client how long it may stay idle, so that it does not race the server; if it is limited. */
  readonly keepAlive: string | undefined
  /** What ends each stream of events that is open: nothing else would, and a server that closes waits. */
  readonly eventStreams: Set<() => void>
  readonly noteUnread: NoteUnread
}

type HeadOptions = Pick<Connection, 'ending' | 'keepAlive'>
type HeaderList = (string | readonly string[])[]

/** Bodies that the app left unread up to this size are let through to keep the connection. */
const DRAINED = 65_536
/** Characters or bytes that a connection may not take at once. */
const LARGE = 65_536
/** Streams that write a full buffer each before something else has its turn. */
const nextTurn = createTurns(8)
/** How long a client that still sends may take to notice its answer before the connection ends. */
const LINGER = 1_000

/**
 * Writes an answer. Resolves when all of it is handed to the connection or the client has gone;
 * rejects when the answer cannot be sent as it is, with nothing sent if its head was at fault.
 */
export function writeAnswer(
  incoming: NodeIncoming,
  outgoing: Outgoing,
  { ending, closing, keepAlive, eventStreams, noteUnread }: Connection,
): void | Promise<void> {
  const { method, response } = incoming
  const { status, body } = outgoing
  const unread = leavesBodyUnread(incoming)
  const sendsBody = method !== 'HEAD' && allowsBody(status)
  writeHead(incoming, outgoing, { ending: ending || unread, keepAlive })
  if (body instanceof ReadableStream) {
    if (!sendsBody) return discard(body, incoming)
    if (!isEventStream(outgoing)) return pump(body, incoming)
    return closing ? discard(body, incoming) : pump(body, incoming, eventStreams)
  }
  const content = sendsBody ? body : null
  if (unread) return lingerAndEnd(incoming, content)
  if (content === null) response.end()
  else response.end(content)
  if (content !== null && content.length >= LARGE) noteUnread(response)
}

function writeHead(incoming: NodeIncoming, outgoing: Outgoing, connection: HeadOptions): void {
  const { status, body } = outgoing
  try {
    // Node would send these as well, and the client would go on waiting for the answer.
    if (status < 200) throw new RangeError(`${status} is no status of a final answer`)
    incoming.response.writeHead(status, headersOf(incoming, outgoing, connection) as string[])
  } catch (error) {
    // Nobody will read it, and whether it likes being cancelled changes nothing.
    if (body instanceof ReadableStream) body.cancel(error).catch(() => {})
    throw error
  }
}

/** A flat list of names and values, which Node writes without building an object. */
function headersOf(
  { method, response }: NodeIncoming,
  outgoing: Outgoing,
  { ending, keepAlive }: HeadOptions,
): HeaderList {
  const list: HeaderList = []
  for (const name of Object.keys(outgoing.headers)) {
    if (!keepsHeader(name, outgoing, method)) continue
    list.push(name, outgoing.headers[name] ?? '')
  }
  const length = lengthToSend(outgoing, method)
  if (length !== undefined) list.push('content-length', String(length))
  if (ending) list.push('connection', 'close')
  else if (keepAlive !== undefined && response.shouldKeepAlive) list.push('keep-alive', keepAlive)
  return list
}

function lengthToSend({ status, body }: Outgoing, method: string): number | undefined {
  if (status === 204 || status === 304 || body instanceof ReadableStream) return undefined
  if (body === null) return method === 'HEAD' ? undefined : 0
  if (status === 205) return 0
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

function leavesBodyUnread({ message, waits }: NodeIncoming): boolean {
  // One that was never asked for its body may send it or not, and Node ends its connection.
  if (message.complete || waits || !hasBody(message)) return false
  const announced = message.headers['content-length']
  return announced === undefined || Number(announced) > DRAINED
}

/**
 * Sends everything but the end, and reads on for a moment: ended at once, the connection would be
 * reset by what still arrives, and the client would lose the answer that tells it to stop.
 */
function lingerAndEnd(
  { message, response }: NodeIncoming,
  content: string | Uint8Array | null,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (content !== null) response.write(content)
  else response.flushHeaders()
  const end = () => {
    clearTimeout(timer)
    response.end()
    resolve()
  }
  const timer = setTimeout(end, LINGER)
  message.once('end', end)
  message.once('close', end)
  message.resume()
  return promise
}

async function discard(
  body: ReadableStream<Uint8Array>,
  { response }: NodeIncoming,
): Promise<void> {
  response.end()
  await body.cancel()
}

async function pump(
  body: ReadableStream<Uint8Array>,
  { response, signal }: NodeIncoming,
  eventStreams?: Set<() => void>,
): Promise<void> {
  const reader = body.getReader()
  // Nobody reads it any more, and whether it likes being cancelled changes nothing.
  const cancel = () => reader.cancel(signal.reason).catch(() => {})
  if (signal.aborted) return void cancel()
  signal.addEventListener('abort', cancel)
  eventStreams?.add(cancel)
  response.strictContentLength = true
  response.flushHeaders()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (response.write(value)) continue
      await drained(response, signal)
      // A source that is never late, read by a client that is never late, would leave no turn to others.
      await nextTurn()
    }
    response.end()
  } catch (error) {
    breakOff(response)
    cancel()
    // A stream may end with the news that its client has gone, which is none.
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    eventStreams?.delete(cancel)
  }
}

/** Ends the connection after what was written before, and without what says that this was all. */
function breakOff(response: NodeIncoming['response']): void {
  if (response.socket) response.socket.destroySoon()
  else response.destroy()
}

function drained(response: NodeIncoming['response'], signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = () => {
    response.off('drain', done)
    signal.removeEventListener('abort', done)
    resolve()
  }
  response.once('drain', done)
  signal.addEventListener('abort', done)
  return promise
}
