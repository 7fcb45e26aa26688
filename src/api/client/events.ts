import { pause } from './cancel.ts'
import { ClientError } from './error.ts'
import { type Block, type Memory, parseEvents } from './event-parser.ts'
import { iterate } from './iterate.ts'
import { parseJson } from './json.ts'
import { readProblem } from './problem.ts'
import { isTransient, retryAfterOf } from './retry.ts'
import { discard, readText } from './text.ts'

/** Where a stream comes from. */
export interface EventSource {
  /** The operation. */
  readonly name: string
  readonly signal: AbortSignal | undefined
  /** Sends the call again with the last id seen. Throws a `ClientError` when nobody answers. */
  reopen(lastEventId: string, signal: AbortSignal): Promise<Response>
}

/** An event as it is received. */
type Event = Omit<Block, 'data'> & { readonly data: unknown }

/**
 * Reads server-sent events (WHATWG HTML, section 9.2) as they arrive. A stream with ids or `retry`
 * that ends or breaks off is asked for again, until 204 is answered or the iteration is left.
 */
export function readEvents(response: Response, source: EventSource): AsyncIterable<Event> {
  return iterate(response, (signal) => follow(response, source, signal), source.signal)
}

async function* follow(
  first: Response,
  source: EventSource,
  signal: AbortSignal,
): AsyncGenerator<Event, undefined> {
  const { name } = source
  const memory: Memory = { id: '', retry: 1000, resumable: false }
  let response = first
  for (let failures = 0; ; failures++) {
    try {
      for await (const block of parseEvents(readText(response.body, signal), memory)) {
        failures = 0
        yield { ...block, data: parseJson(name, block.data) }
      }
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof ClientError) throw cause
      if (!memory.resumable)
        throw new ClientError('network', `${name}: the events broke off`, cause)
    }
    if (!memory.resumable) return
    await pause(Math.max(retryAfterOf(response.headers), waitOf(memory.retry, failures)), signal)
    response = await reopen(source, memory.id, signal)
    if (response.status === 204) return
  }
}

/** Milliseconds: twice as long after each failure, and spread so that not everybody comes at once. */
function waitOf(retry: number, failures: number): number {
  const longest = Math.max(retry, LONGEST)
  return Math.min(Math.max(retry, 1) * 2 ** failures, longest) * (1 + Math.random() / 2)
}

const LONGEST = 30_000

/** Gives the stream that goes on, 204 when there is none, or an empty answer to ask again after. */
async function reopen(source: EventSource, id: string, signal: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await source.reopen(id, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ClientError) return Response.error()
    throw error
  }
  const { status, headers, body } = response
  if (status === 204) return response
  if (status === 200 && /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')) {
    return response
  }
  if (isTransient(status)) {
    discard(body)
    return new Response(null, { headers })
  }
  const refusal = { status, body: await readProblem(response) }
  throw new ClientError('refused', `${source.name}: answered ${status}`, undefined, refusal)
}
