import { REQUESTS } from './messages.ts'
import { toProtobuf } from './protobuf.ts'
import type { Message } from './records.ts'

/** What becomes of a batch: undefined when it arrived, else why it was lost. */
export type Delivery = 'refused' | 'unreachable' | undefined

export interface TransportOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly protocol: 'http/protobuf' | 'http/json'
  /** Milliseconds for one try. */
  readonly timeout: number
  readonly fetch: typeof fetch
}

export type Deliver = (kind: keyof typeof REQUESTS, message: Message) => Promise<Delivery>

/** Tries in all, with pauses that double. */
const TRIES = 5
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 30_000
/** OTLP/HTTP, "Failures": these and no others may be tried again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Creates the function that posts a message, compressed, and tries again where that may help. */
export function createTransport(options: TransportOptions): Deliver {
  const { url, headers, protocol, timeout, fetch } = options
  return async (kind, message) => {
    const { path, type } = REQUESTS[kind]
    const json = protocol === 'http/json'
    const plain = json ? JSON.stringify(message) : toProtobuf(message, type)
    const body = await gzip(plain)
    const request = {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': json ? 'application/json' : 'application/x-protobuf',
        'content-encoding': 'gzip',
      },
      body,
      redirect: 'error',
    } as const
    let pause = FIRST_PAUSE
    for (let left = TRIES; left > 0; left -= 1) {
      const { delivery, after } = await post(url + path, request)
      if (after === undefined || left === 1) return delivery
      await new Promise((resolve) => setTimeout(resolve, Math.max(after, pause * Math.random())))
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
    return 'unreachable'
  }

  async function post(
    address: string,
    request: RequestInit,
  ): Promise<{ delivery: Delivery; after?: number }> {
    try {
      const signal = AbortSignal.timeout(timeout)
      const response = await fetch(address, { ...request, signal })
      // Read to the end, so that the connection can be used again.
      await response.arrayBuffer()
      if (response.ok) return { delivery: undefined }
      if (!RETRYABLE.has(response.status)) return { delivery: 'refused' }
      return { delivery: 'refused', after: retryAfter(response) }
    } catch {
      return { delivery: 'unreachable', after: 0 }
    }
  }
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
