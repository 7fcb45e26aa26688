import type { App } from '../http/index.ts'
import { urlOf } from './listening.ts'
import type { Server, Settings } from './options.ts'
import { type Closable, createClose } from './shutdown.ts'
import { closeOnSignal, type SignalHost } from './termination.ts'

/** What a runtime hands over once its port is open. */
export interface Listening {
  readonly app: App
  readonly settings: Settings
  readonly port: number
  readonly closable: Closable
  readonly host: SignalHost
}

/** Announces a listening server and sees to it that it can be closed, by hand and by signal. */
export function createServer({ app, settings, port, closable, host }: Listening): Server {
  const close = createClose(closable, { app, timeout: settings.shutdownTimeout })
  const release = settings.signals ? closeOnSignal(host, close) : () => {}
  const url = urlOf(settings.hostname, port)
  settings.onListen(url)
  return { url, port, close: () => close().finally(release) }
}
