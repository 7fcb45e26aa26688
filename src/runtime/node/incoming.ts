import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { fromRequest, type Incoming } from '../../http/index.ts'
import { misuse } from '../../kernel/index.ts'
import { hasBody, readBody } from './body.ts'
import { streamBody } from './body-stream.ts'
import { endOfTurn } from './turn.ts'

/** The parts of a request that its parsing has found out. */
export interface IncomingParts {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly query: string
  readonly origin: string
  /** Who sent it, by the trusted-proxy setting. */
  readonly address: string | undefined
}

/** A request of `node:http` as an app takes it. What is costly to build is built when asked for. */
export class NodeIncoming implements Incoming {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly origin: string
  readonly address: string | undefined
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** Whether the client waits with its body until it is asked to send it (`Expect: 100-continue`). */
  waits = false
  /** Whether the body was taken as a stream, of which something may be left. */
  streamed = false
  #body: Uint8Array | Promise<Uint8Array> | undefined
  #headers: Headers | undefined
  #request: Request | undefined
  #controller: AbortController | undefined
  #aborted = false
  #endStream: (() => void) | undefined

  constructor(parts: IncomingParts) {
    this.method = parts.message.method ?? 'GET'
    this.path = parts.path
    this.query = parts.query
    this.origin = parts.origin
    this.address = parts.address
    this.message = parts.message
    this.response = parts.response
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#aborted) this.abort()
    }
    return this.#controller.signal
  }

  /** Tells whoever works on the request that its client has gone. */
  abort(): void {
    this.#aborted = true
    this.#controller?.abort(new DOMException('The client has gone.', 'AbortError'))
  }

  get headers(): Headers {
    this.#headers ??= headersOf(this.message)
    return this.#headers
  }

  get request(): Request {
    this.#request ??= this.#toRequest()
    return this.#request
  }

  endOfTurn(): Promise<void> {
    return endOfTurn()
  }

  header(name: string): string | null {
    return headerOf(this.message, name)
  }

  bytes(limit: number): Uint8Array | Promise<Uint8Array> {
    this.#body ??= this.#request
      ? fromRequest(this.#request).bytes(limit)
      : readBody(this.message, { limit, invite: () => this.#invite() })
    return this.#body
  }

  stream(limit: number): ReadableStream<Uint8Array> {
    if (this.#body !== undefined) throw misuse('incoming.stream()', 'the body has been read')
    this.streamed = true
    if (this.#request) return fromRequest(this.#request).stream(limit)
    // Taken: `bytes` has nothing to give any more.
    this.#body = Promise.reject(misuse('incoming.bytes()', 'the body is read as a stream'))
    this.#body.catch(() => {})
    const body = streamBody(this.message, { limit, invite: () => this.#invite() })
    this.#endStream = body.end
    return body.stream
  }

  /**
   * Lets the rest of a body through that was taken as a stream, once the request is answered: Node does
   * so for what was never asked for, and waits for whoever has asked and stopped.
   */
  letThrough(): void {
    this.#endStream?.()
    this.message.resume()
  }

  #invite(): void {
    if (!this.waits) return
    this.waits = false
    this.response.writeContinue()
  }

  #toRequest(): Request {
    const url = `${this.origin}${this.path}${this.query === '' ? '' : `?${this.query}`}`
    return new Request(url, {
      method: this.method,
      headers: this.headers,
      signal: this.signal,
      body: this.#toStream(),
      // Node asks for it with a stream; the types of browsers do not know it.
      duplex: 'half',
    } as RequestInit)
  }

  #toStream(): ReadableStream | null {
    if (this.method === 'GET' || this.method === 'HEAD' || !hasBody(this.message)) return null
    const read = this.#body
    if (read === undefined) {
      this.#invite()
      return Readable.toWeb(this.message) as ReadableStream
    }
    return new ReadableStream({
      async start(controller) {
        controller.enqueue(await read)
        controller.close()
      },
    })
  }
}

/** A header's value. `headers` is a plain object: only strings and lists are headers. */
export function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name]
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.join(', ') : null
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers()
  for (const name of Object.keys(message.headers)) {
    headers.set(name, headerOf(message, name) ?? '')
  }
  return headers
}
