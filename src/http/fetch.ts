import { PlinthError } from '../kernel/index.ts'
import { joinBytes } from './join-bytes.ts'
import type { Incoming, Outgoing } from './message.ts'

/** What a runtime knows of the client beyond the `Request`. */
export interface Client {
  /** IP address, by the trusted-proxy setting. */
  readonly address?: string | undefined
  /** Scheme and authority, by the trusted-proxy setting. Default: those of the request's URL. */
  readonly origin?: string | undefined
  /** What gives the handler up, asked for when the handler asks. Default: the request's own signal. */
  readonly signal?: () => AbortSignal
}

/** Makes an `Incoming` of a web-standard request. Nothing is read before it is asked for. */
export function fromRequest(request: Request, client: Client = {}): Incoming {
  return new FetchIncoming(request, client)
}

/**
 * Makes the web-standard response of an `Outgoing`. For the method `HEAD` it has no body but the
 * length that the body would have.
 */
export function toResponse({ status, headers, body }: Outgoing, method = 'GET'): Response {
  const init = initOf(status, headers)
  // The bytes of an answer are never of shared memory, which is all that their type leaves open.
  if (method !== 'HEAD') return new Response(body as BodyInit | null, init)
  const response = new Response(null, init)
  if (body instanceof ReadableStream) body.cancel().catch(() => {})
  else if (body !== null) response.headers.set('content-length', String(lengthOf(body)))
  return response
}

/** What is compressed already is passed on: Workers would compress it once more. Others do not ask. */
function initOf(status: number, headers: Outgoing['headers']): ResponseInit {
  const fields = toHeadersInit(headers)
  if (headers['content-encoding'] === undefined) return { status, headers: fields }
  return { status, headers: fields, encodeBody: 'manual' } as ResponseInit
}

/** A plain record, which costs half of a list, when no field has several values. */
function toHeadersInit(headers: Outgoing['headers']): Record<string, string> | [string, string][] {
  if (Object.values(headers).every(isText)) return headers as Record<string, string>
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [[name, value]]
      : value.map((item): [string, string] => [name, item]),
  )
}

function isText(value: string | readonly string[]): value is string {
  return typeof value === 'string'
}

function lengthOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? new TextEncoder().encode(body).length : body.length
}

/** Makes an `Outgoing` of a web-standard response. */
export function fromResponse(response: Response): Outgoing {
  const headers: Record<string, string | readonly string[]> = {}
  for (const [name, value] of response.headers) headers[name] = value
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  return { status: response.status, headers, body: response.body }
}

class FetchIncoming implements Incoming {
  readonly request: Request
  readonly method: string
  readonly path: string
  readonly query: string
  readonly origin: string
  readonly address: string | undefined
  readonly #signal: (() => AbortSignal) | undefined
  #bytes: Promise<Uint8Array> | undefined

  constructor(request: Request, client: Client) {
    // A request's URL is absolute and normalised: scheme, "://", authority, a path from "/" on.
    const url = request.url
    const start = url.indexOf('/', url.indexOf('://') + 3)
    const hash = url.indexOf('#', start)
    const end = hash === -1 ? url.length : hash
    const mark = url.indexOf('?', start)
    const queried = mark !== -1 && mark < end
    this.request = request
    this.method = request.method
    this.path = url.slice(start, queried ? mark : end)
    this.query = queried ? url.slice(mark + 1, end) : ''
    this.origin = client.origin ?? url.slice(0, start)
    this.address = client.address
    this.#signal = client.signal
  }

  get signal(): AbortSignal {
    return this.#signal ? this.#signal() : this.request.signal
  }

  get headers(): Headers {
    return this.request.headers
  }

  header(name: string): string | null {
    return this.request.headers.get(name)
  }

  bytes(limit: number): Promise<Uint8Array> {
    this.#bytes ??= readAll(this.request, limit)
    return this.#bytes
  }

  stream(limit: number): ReadableStream<Uint8Array> {
    const { headers, body } = this.request
    if (Number(headers.get('content-length')) > limit) throw tooLarge(limit)
    return body ? bounded(body, limit) : new Blob().stream()
  }
}

/** Counts what arrives: a length that was announced is a claim, not a bound. */
async function readAll({ headers, body }: Request, limit: number): Promise<Uint8Array> {
  if (Number(headers.get('content-length')) > limit) throw tooLarge(limit)
  if (!body) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > limit) {
      // The sender is told by the answer; whether the stream likes being cancelled changes nothing.
      reader.cancel().catch(() => {})
      throw tooLarge(limit)
    }
    chunks.push(value)
  }
  return joinBytes(chunks, length)
}

/**
 * The same bytes, no faster than they are read, until there are too many or the sender goes. The body is
 * left then, not cancelled: Node ends the process when the body of a `Request` made of `FormData` is
 * cancelled while it is being written.
 */
function bounded(body: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let length = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read().catch(incomplete)
        if (done) return controller.close()
        length += value.length
        if (length <= limit) return controller.enqueue(value)
        reader.releaseLock()
        throw tooLarge(limit)
      },
      cancel: () => reader.releaseLock(),
    },
    { highWaterMark: 0 },
  )
}

function incomplete(cause: unknown): never {
  throw bodyIncomplete(cause)
}

/** The refusal of a body whose sender has gone before its end, for whoever reads bodies. */
export function bodyIncomplete(cause?: unknown): PlinthError<'body_incomplete'> {
  const message = 'The connection ended before the body was complete.'
  return new PlinthError('body_incomplete', message, { status: 400, cause })
}

/** The refusal of a body over its limit, for whoever reads bodies. */
export function tooLarge(limit: number): PlinthError<'body_too_large'> {
  return new PlinthError('body_too_large', `The body may have at most ${limit} bytes.`, {
    status: 413,
    details: { limit },
  })
}
