import { createServer as createNodeServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { App } from '../../http/index.ts'
import { listenFailed } from '../listening.ts'
import {
  milliseconds,
  resolveSettings,
  type ServeOptions,
  type Server,
  type Settings,
  wholeNumber,
} from '../options.ts'
import { createServer } from '../server.ts'
import { createAdmission } from './admission.ts'
import { answerRequests } from './connections.ts'
import { createLoad, type ShedOptions } from './load.ts'

/** How an app is served on Node. All delays are in milliseconds; 0 switches one off. */
export interface NodeServeOptions extends ServeOptions {
  /** For the headers of a request to arrive; answered 408. Default 15,000. */
  readonly headersTimeout?: number
  /** For a whole request to arrive; answered 408. Default 300,000. */
  readonly requestTimeout?: number
  /**
   * For something to come or go on a connection whose handler is not at work: the next request of the
   * client, or its reading of an answer. Default 65,000, above the minute after which common load
   * balancers give up a connection: the one that closes first must be the balancer.
   */
  readonly idleTimeout?: number
  /** Bytes of request line and headers together; answered 431. Default 16,384. */
  readonly maxHeaderSize?: number
  /** Connections at a time; further ones are closed at once. Default: no limit. */
  readonly maxConnections?: number
  /**
   * When requests are turned away with 503 `overloaded`, before they are read, so that those taken on
   * are answered in time. Operations that are `essential` are answered all the same. False: never.
   */
  readonly shed?: ShedOptions | false
}

const OWN_OPTIONS = [
  'headersTimeout',
  'requestTimeout',
  'idleTimeout',
  'maxHeaderSize',
  'maxConnections',
  'shed',
] as const satisfies (keyof NodeServeOptions)[]

/**
 * Serves an app on Node until the process is told to end.
 *
 * Listens for plain HTTP: TLS ends at a proxy, which `trustedProxies` names. Rejects with
 * `listen_failed` when the port cannot be opened and with `misuse` for an invalid option or `PORT`;
 * left unawaited, either ends the process with its message.
 *
 * ```ts
 * import { createApp } from 'plinth/http'
 * import { serve } from 'plinth/node'
 *
 * const app = createApp({ operations: {} })
 * serve(app, { port: 8080, trustedProxies: ['10.0.0.0/8'], onListen: (url) => console.log(url) })
 * ```
 */
export async function serve(app: App, options: NodeServeOptions = {}): Promise<Server> {
  const settings = resolveSettings(options, {
    app,
    readPort: () => process.env['PORT'],
    own: OWN_OPTIONS,
  })
  const server = createHttpServer(options)
  const closable = answerRequests(server, {
    app,
    admit: createAdmission(settings.trustedProxies),
    onError: settings.onError,
    load: createLoad(options.shed),
  })
  const port = await listen(server, settings)
  return createServer({ app, settings, port, closable, host: process })
}

function createHttpServer(options: NodeServeOptions): HttpServer {
  const requestTimeout = milliseconds('requestTimeout', options.requestTimeout ?? 300_000)
  const headersTimeout = milliseconds('headersTimeout', options.headersTimeout ?? 15_000)
  const server = createNodeServer({
    requestTimeout,
    // Node refuses a limit for the headers above that for the whole.
    headersTimeout: requestTimeout > 0 ? Math.min(headersTimeout, requestTimeout) : headersTimeout,
    // One timer for a connection does for both: Node would start two for each request.
    keepAliveTimeout: 0,
    // Node refuses without a word; `admit` says what is missing.
    requireHostHeader: false,
    maxHeaderSize: wholeNumber('maxHeaderSize', options.maxHeaderSize ?? 16_384, MAX_HEADER_SIZE),
    connectionsCheckingInterval: checkingInterval(headersTimeout),
  })
  server.timeout = milliseconds('idleTimeout', options.idleTimeout ?? 65_000)
  if (options.maxConnections !== undefined) {
    server.maxConnections = wholeNumber('maxConnections', options.maxConnections, MAX_CONNECTIONS)
  }
  return server
}

const MAX_HEADER_SIZE = 1_048_576
const MAX_CONNECTIONS = 1_000_000

/** Node looks for late requests this often, so a limit holds to within a quarter of itself. */
function checkingInterval(headersTimeout: number): number {
  return Math.min(5_000, Math.max(50, headersTimeout / 4))
}

async function listen(server: HttpServer, { port, hostname }: Settings): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ port, host: hostname }, resolve)
  try {
    await promise
  } catch (error) {
    throw listenFailed({ hostname, port }, error)
  }
  server.off('error', reject)
  // An address is a string only for a socket that is a file.
  return (server.address() as AddressInfo).port
}
