import { REQUESTS } from './messages.ts'
import { rejectedInJson, rejectedInProtobuf } from './partial-success.ts'
import { toProtobuf } from './protobuf.ts'
import type { Message } from './records.ts'

/** What became of a batch: undefined when all of it arrived, else why not, and how many records of it. */
export type Delivery = { readonly reason: LossReason; readonly count: number } | undefined

/** `rejected`: taken, but for some of its records; `refused`: answered with a failure; or no answer. */
export type LossReason = 'rejected' | 'refused' | 'unreachable'

export interface TransportOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly protocol: 'http/protobuf' | 'http/json'
  readonly compression: 'gzip' | 'none'
  /** Milliseconds for one try. */
  readonly timeout: number
  readonly fetch: typeof fetch
}

/** Posts a message that holds so many records. Given up as soon as the signal is aborted. */
export type Deliver = (
  kind: keyof typeof REQUESTS,
  batch: { readonly message: Message; readonly count: number; readonly signal: AbortSignal },
) => Promise<Delivery>

/** Tries in all, with pauses that double. */
const TRIES = 5
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 30_000
/** OTLP/HTTP, "Failures": these and no others may be tried again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Characters of an answer that are read: more says nothing that would be understood. */
const LONGEST_ANSWER = 4096

/** Creates the function that posts a message, and tries again where that may help. */
export function createTransport(options: TransportOptions): Deliver {
  const { url, headers, protocol, compression, timeout, fetch } = options
  const zipped = compression === 'gzip'
  const json = protocol === 'http/json'
  return async (kind, { message, count, signal }) => {
    const { path, type, rejected } = REQUESTS[kind]
    const plain = json ? JSON.stringify(message) : toProtobuf(message, type)
    const request = {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': json ? 'application/json' : 'application/x-protobuf',
        ...(zipped && { 'content-encoding': 'gzip' }),
      },
      body: zipped ? await gzip(plain) : plain,
      // Where it leads is not where the headers, and keys in them, were meant for.
      redirect: 'manual',
    } as const
    let pause = FIRST_PAUSE
    let reason: LossReason = 'unreachable'
    for (let left = TRIES; left > 0 && !signal.aborted; left -= 1) {
      const { answer, after } = await post(url + path, request, signal)
      if (answer?.ok) {
        const lost = Math.min(rejectedOf(answer.body, rejected), count)
        return lost > 0 ? { reason: 'rejected', count: lost } : undefined
      }
      reason = answer ? 'refused' : 'unreachable'
      if (after === undefined || left === 1) break
      await pauseFor(Math.max(after, pause * Math.random()), signal)
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
    return { reason, count }
  }

  async function post(
    address: string,
    request: RequestInit,
    ended: AbortSignal,
  ): Promise<{ answer?: { ok: boolean; body: Uint8Array }; after?: number }> {
    try {
      const signal = AbortSignal.any([ended, AbortSignal.timeout(timeout)])
      const response = await fetch(address, { ...request, signal })
      const answer = { ok: response.ok, body: await readStart(response) }
      return RETRYABLE.has(response.status) ? { answer, after: retryAfter(response) } : { answer }
    } catch {
      return { after: 0 }
    }
  }

  function rejectedOf(body: Uint8Array, field: string): number {
    return json ? rejectedInJson(body, field) : rejectedInProtobuf(body)
  }
}

/** Reads what is needed, to the end where that is near, so that the connection can be used again. */
async function readStart({ body }: Response): Promise<Uint8Array> {
  if (!body) return new Uint8Array()
  const start = new Uint8Array(LONGEST_ANSWER)
  let length = 0
  for await (const chunk of body) {
    const fitting = chunk.subarray(0, LONGEST_ANSWER - length)
    start.set(fitting, length)
    length += fitting.length
    if (fitting.length < chunk.length) break
  }
  return start.subarray(0, length)
}

function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
  })
}

/** Milliseconds, at most half a minute: what waits meanwhile is bounded, not endless. */
function retryAfter({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 0)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds * 1000, 0), LONGEST_PAUSE) : 0
}

async function gzip(body: string | Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Response(stream).arrayBuffer()
}
