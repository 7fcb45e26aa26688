import { createApp, type Guard, type OperationTree } from 'plinth/http'
import { type Actor, createSignals, type Signals } from 'plinth/kernel'
import { type OpenMonitorOptions, openMonitor } from 'plinth/monitor'
import { type DashboardOptions, dashboard } from 'plinth/monitor/dashboard'

/** A guard that lets in whoever sends `x-watch: yes`. */
export const watcher: Guard<Actor | null> = {
  name: 'watcher',
  authenticated: false,
  check(_, __, incoming) {
    if (incoming.header('x-watch') === 'yes') return null
    throw new Error('the guard must say why it refuses')
  },
}

export interface Watched {
  readonly signals: Signals
  readonly logs: readonly string[]
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** What an operation of the dashboard answers. */
  ask<T>(path: string): Promise<T>
}

/** An app with a dashboard that anyone may see, unless told otherwise. */
export function openWatched(
  options: DashboardOptions & {
    readonly operations?: OperationTree
    readonly ports?: Partial<OpenMonitorOptions> & {
      readonly checks?: Record<string, () => Promise<void>>
    }
  } = {},
): Watched {
  const { operations = {}, ports = {}, ...own } = options
  const signals = createSignals()
  const logs: string[] = []
  signals.subscribe({ log: ({ message }) => void logs.push(message) })
  const monitor = openMonitor({
    signals,
    logs: false,
    parts: [dashboard(own)],
    development: false,
    ...ports,
  })
  const app = createApp({ operations: { ...operations, ...monitor.operations }, signals })
  const send = (path: string, init?: RequestInit) =>
    app.fetch(new Request(`http://localhost${path}`, init))
  return {
    signals,
    logs,
    fetch: send,
    async ask(path) {
      const response = await send(`/dashboard/${path}`)
      if (response.status !== 200)
        throw new Error(`${path}: ${response.status} ${await response.text()}`)
      return response.json()
    },
  }
}
