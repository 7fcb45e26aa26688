import {
  type App,
  createProxyTrust,
  fromRequest,
  type Outgoing,
  toResponse,
} from '../../http/index.ts'
import { refuse, URL_HEAD } from '../fetch-server.ts'
import { framed } from '../framing.ts'
import { createOrigins } from '../origin.ts'
import { failed, malformed } from '../refusal.ts'

/** The part of the context of an invocation that is used. */
export interface WorkerContext {
  /** Keeps the invocation alive until the promise settles. */
  waitUntil(promise: Promise<unknown>): void
}

/** What a module exports as its default to be a Worker. */
export interface Worker<Env> {
  fetch(request: Request, env: Env, context: WorkerContext): Promise<Response>
}

/** How an app is served on Workers. */
export interface WorkerOptions<A extends App> {
  /**
   * Work to do after each answer without keeping the client waiting, such as sending telemetry: a
   * Worker does nothing between its invocations. Default: none.
   */
  readonly flush?: (app: A) => Promise<unknown>
  /** Told of failures that no answer can report, such as an app that cannot be built. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
}

/**
 * Makes an app a Worker: `export default serve(...)`.
 *
 * The app, or the function that builds it from the bindings, is used for all requests of an isolate.
 * It is built by the first of them; if that fails the request is answered 500 and the next one tries
 * again. The client's address is `CF-Connecting-IP`, which Cloudflare sets on every request that
 * reaches a Worker from outside; its URL is taken as it is. The platform limits the time and the
 * size of requests before the app does. `close` is never called: an isolate ends without notice.
 *
 * ```ts
 * import { createApp } from 'plinth/http'
 * import { serve } from 'plinth/workers'
 *
 * const worker = serve((env: { ORIGIN: string }) =>
 *   createApp({ operations: {}, trustedOrigins: [env.ORIGIN] }),
 * )
 * export default worker
 * ```
 */
export function serve<Env, A extends App>(
  source: A | ((env: Env) => A | Promise<A>),
  options: WorkerOptions<A> = {},
): Worker<Env> {
  const { flush, onError = (error) => console.error(error) } = options
  const resolve = typeof source === 'function' ? createOnce(source) : async () => source
  const originOf = createOrigins()
  return {
    async fetch(request, env, context) {
      try {
        const app = await resolve(env, context)
        const [, scheme = '', authority = ''] = URL_HEAD.exec(request.url) ?? []
        const origin = originOf(scheme, authority)
        if (origin === undefined) return refuse(malformed('The host is malformed.'))
        const incoming = fromRequest(request, { address: addressOf(request), origin })
        const outgoing = await app.handle(incoming)
        if (flush) context.waitUntil(Promise.resolve(app).then(flush).catch(onError))
        return toResponse(measured(framed(outgoing, request.method)), request.method)
      } catch (error) {
        onError(error)
        return refuse(failed)
      }
    },
  }
}

/** A transform of the platform, which sends as many bytes as it was made for or breaks. */
type FixedLength = new (length: number) => ReadableWritablePair<Uint8Array, Uint8Array>

/** Workers tell the length of a stream only when it comes from a transform that knows it. */
function measured(outgoing: Outgoing): Outgoing {
  const { headers, body } = outgoing
  const length = headers['content-length']
  const { FixedLengthStream } = globalThis as { FixedLengthStream?: FixedLength }
  if (!FixedLengthStream || !(body instanceof ReadableStream) || length === undefined) {
    return outgoing
  }
  return { ...outgoing, body: body.pipeThrough(new FixedLengthStream(Number(length))) }
}

/** Builds the app for the first request and keeps it, unless building failed. */
function createOnce<Env, A extends App>(
  build: (env: Env) => A | Promise<A>,
): (env: Env, context: WorkerContext) => Promise<A> {
  let built: Promise<A> | undefined
  return (env, context) => {
    if (built) return built
    const building = Promise.resolve(env).then(build)
    built = building
    const settled = building.then(
      () => {},
      () => {
        built = undefined
      },
    )
    // Others wait for it too: it must not end with the request that happened to come first.
    context.waitUntil(settled)
    return building
  }
}

const canonical = createProxyTrust([])

function addressOf(request: Request): string | undefined {
  return canonical(request.headers.get('cf-connecting-ip') ?? undefined, () => null).address
}
