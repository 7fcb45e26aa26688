import { type Call, type ClientOptions, client, type Fetch, type Routes } from 'plinth/client'

/** What a server that is no Plinth app answers: a response, an error, or never. */
export type Scripted = Response | Error | 'silence' | ((request: Request) => Response)

/** Answers one request after another with what the script says, and the last for ever. */
export function scriptedFetch(script: readonly Scripted[]): Fetch & { requests: Request[] } {
  const requests: Request[] = []
  const fetch: Fetch = async (request) => {
    const next = script[Math.min(requests.push(request), script.length) - 1]
    if (next instanceof Error) throw next
    if (next === 'silence') {
      return new Promise((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason))
      })
    }
    if (next === undefined) throw new Error('the script is empty')
    return typeof next === 'function' ? next(request) : next.clone()
  }
  return Object.assign(fetch, { requests })
}

type Any = Call<{ body?: unknown; query?: { cursor?: string } }, { 200: unknown; 204: undefined }>

/** A client of operations that are there for their routes. */
export function scriptedClient<const Names extends Routes>(
  operations: Names,
  script: readonly Scripted[],
  options: ClientOptions = {},
): { api: Readonly<Record<keyof Names, Any>>; requests: Request[] } {
  const fetch = scriptedFetch(script)
  const api = client('https://shop.example', { operations, fetch, ...options })
  return { api: api as Readonly<Record<keyof Names, Any>>, requests: fetch.requests }
}

export function json(body: unknown, init: ResponseInit = {}): Response {
  return Response.json(body, init)
}

/** A problem as a Plinth server sends it. */
export function problem(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify({ type: 'about:blank', title: code, status, code }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
}

/** A body that is sent in pieces, and then ends or breaks off. */
export function streamed(
  pieces: readonly (string | Uint8Array)[],
  { end = true, type }: { readonly end?: boolean; readonly type: string },
): () => Response {
  return () => {
    const left = [...pieces]
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = left.shift()
        if (piece !== undefined) {
          controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
        } else if (end) controller.close()
        else controller.error(new TypeError('terminated'))
      },
    })
    return new Response(body, { headers: { 'content-type': type } })
  }
}
