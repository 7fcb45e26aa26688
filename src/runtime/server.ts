import type { App } from '../http/index.ts'
import { urlOf } from './listening.ts'
import type { Server, Settings } from './options.ts'
import { type Closable, shutDown } from './shutdown.ts'
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
  let closed: Promise<void> | undefined
  let release = () => {}
  const close = () => {
    closed ??= shutDown(closable, { app, ...settings }).finally(release)
    return closed
  }
  if (settings.signals) release = closeOnSignal(host, close)
  const url = urlOf(settings.hostname, port)
  settings.onListen(url)
  return { url, port, close }
}
