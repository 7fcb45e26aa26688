import type { App } from '../../http/index.ts'
import { misuse } from '../../kernel/index.ts'
import { createFetchServer } from '../fetch-server.ts'
import { listenFailed } from '../listening.ts'
import { resolveSettings, type ServeOptions, type Server } from '../options.ts'
import { createServer } from '../server.ts'

/** The part of Bun that is used. */
interface BunRuntime {
  serve(options: BunServeOptions): BunServer
}

interface BunServeOptions {
  readonly port: number
  readonly hostname: string | undefined
  /** Seconds. */
  readonly idleTimeout: number
  readonly development: boolean
  readonly reusePort: boolean
  readonly fetch: (request: Request, server: BunServer) => Promise<Response>
}

interface BunServer {
  readonly port: number
  requestIP(request: Request): { readonly address: string } | null
  stop(closeActiveConnections: boolean): Promise<void>
}

/** The longest that Bun offers. */
const IDLE_SECONDS = 255

/**
 * Serves an app on Bun until the process is told to end.
 *
 * Listens for plain HTTP: TLS ends at a proxy, which `trustedProxies` names. Rejects with
 * `listen_failed` when the port cannot be opened and with `misuse` for an invalid option or `PORT`;
 * left unawaited, either ends the process with its message. Bun itself ends connections on which
 * nothing happens for 255 seconds, and refuses bodies above 128 MiB.
 *
 * ```ts
 * import { serve } from 'plinth/bun'
 * import { createApp } from 'plinth/http'
 *
 * const app = createApp({ operations: {} })
 * serve(app, { port: 8080, trustedProxies: ['10.0.0.0/8'], onListen: (url) => console.log(url) })
 * ```
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<Server> {
  const { Bun: bun } = globalThis as { Bun?: BunRuntime }
  if (!bun) throw misuse('serve()', 'plinth/bun needs Bun; on Node import plinth/node')
  const settings = resolveSettings(options, { app, readPort: () => process.env['PORT'] })
  const requests = createFetchServer({ app, ...settings })
  const server = listen(bun, {
    port: settings.port,
    hostname: settings.hostname,
    idleTimeout: IDLE_SECONDS,
    // Its page of errors would show the sources.
    development: false,
    // Without that page it would share a port that is in use, and get half of the requests.
    reusePort: false,
    fetch: (request, server) => requests.answer(request, server.requestIP(request)?.address),
  })
  const closable = {
    drain: requests.drain,
    stop() {
      requests.endEvents()
      return server.stop(false)
    },
    abort() {
      requests.abort()
      void server.stop(true)
    },
    settled: requests.settled,
  }
  return createServer({ app, settings, port: server.port, closable, host: process })
}

function listen(bun: BunRuntime, options: BunServeOptions): BunServer {
  try {
    return bun.serve(options)
  } catch (error) {
    throw listenFailed(options, error)
  }
}
