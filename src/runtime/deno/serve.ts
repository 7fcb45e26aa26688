import type { App } from '../../http/index.ts'
import { misuse } from '../../kernel/index.ts'
import { createFetchServer } from '../fetch-server.ts'
import { listenFailed } from '../listening.ts'
import { resolveSettings, type ServeOptions, type Server } from '../options.ts'
import { createServer } from '../server.ts'
import type { SignalHost, TerminationSignal } from '../termination.ts'

/** The part of Deno that is used. */
interface DenoRuntime {
  serve(options: DenoServeOptions): DenoServer
  readonly env: { get(name: string): string | undefined }
  addSignalListener(signal: TerminationSignal, listener: () => void): void
  removeSignalListener(signal: TerminationSignal, listener: () => void): void
  exit(code: number): void
}

interface DenoServeOptions {
  readonly port: number
  readonly hostname: string | undefined
  readonly onListen: () => void
  readonly handler: (request: Request, info: DenoServeInfo) => Promise<Response>
}

interface DenoServeInfo {
  readonly remoteAddr: { readonly hostname?: string }
}

interface DenoServer {
  readonly addr: { readonly port: number }
  shutdown(): Promise<void>
}

/**
 * Serves an app on Deno until the process is told to end.
 *
 * Listens for plain HTTP: TLS ends at a proxy, which `trustedProxies` names. Rejects with
 * `listen_failed` when the port cannot be opened and with `misuse` for an invalid option or `PORT`;
 * left unawaited, either ends the process with its message. Needs `--allow-net`, and `--allow-env`
 * where no port is given. Start Deno with `--unstable-no-legacy-abort` to spare the log its notice
 * about request signals: what a handler sees is the same with and without.
 *
 * ```ts
 * import { serve } from 'plinth/deno'
 * import { createApp } from 'plinth/http'
 *
 * const app = createApp({ operations: {} })
 * serve(app, { port: 8080, trustedProxies: ['10.0.0.0/8'], onListen: (url) => console.log(url) })
 * ```
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<Server> {
  const { Deno: deno } = globalThis as { Deno?: DenoRuntime }
  if (!deno) throw misuse('serve()', 'plinth/deno needs Deno; on Node import plinth/node')
  const settings = resolveSettings(options, { app, readPort: () => deno.env.get('PORT') })
  const requests = createFetchServer({ app, ...settings })
  const server = listen(deno, {
    port: settings.port,
    hostname: settings.hostname,
    // Else it prints a line of its own.
    onListen: () => {},
    handler: (request, { remoteAddr }) => requests.answer(request, remoteAddr.hostname),
  })
  const closable = {
    drain: requests.drain,
    stop() {
      requests.endEvents()
      return server.shutdown()
    },
    abort: requests.abort,
    settled: requests.settled,
  }
  const host = signalHosts.get(deno) ?? createSignalHost(deno)
  return createServer({ app, settings, port: server.addr.port, closable, host })
}

function listen(deno: DenoRuntime, options: DenoServeOptions): DenoServer {
  try {
    return deno.serve(options)
  } catch (error) {
    throw listenFailed(options, error)
  }
}

/** One for the process, since all of its servers close on the same signal. */
const signalHosts = new WeakMap<DenoRuntime, SignalHost>()

function createSignalHost(deno: DenoRuntime): SignalHost {
  const host: SignalHost = {
    on: (signal, listener) => deno.addSignalListener(signal, listener),
    off: (signal, listener) => deno.removeSignalListener(signal, listener),
    exit: (code) => deno.exit(code),
  }
  signalHosts.set(deno, host)
  return host
}
