/** The part of a runtime that delivers signals and ends the process. */
export interface SignalHost {
  on(signal: TerminationSignal, listener: () => void): void
  off(signal: TerminationSignal, listener: () => void): void
  exit(code: number): void
}

export type TerminationSignal = keyof typeof EXIT_CODES

/** What a shell reports for a process that the signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const
const SIGNALS = Object.keys(EXIT_CODES) as TerminationSignal[]

/**
 * Signals that come this close together are one: Ctrl-C reaches a program started by `npm start`
 * from the terminal and once more from npm.
 */
const SAME_SIGNAL = 250

interface Group {
  readonly closers: Set<() => Promise<void>>
  release(): void
}

const groups = new WeakMap<SignalHost, Group>()

/**
 * Closes on the first SIGTERM or SIGINT and ends the process with 0 when all that was registered is
 * closed; ends it at once on the second. The function returned takes the registration back.
 */
export function closeOnSignal(host: SignalHost, close: () => Promise<void>): () => void {
  const group = groups.get(host) ?? createGroup(host)
  group.closers.add(close)
  return () => {
    if (group.closers.delete(close) && group.closers.size === 0) group.release()
  }
}

function createGroup(host: SignalHost): Group {
  const closers = new Set<() => Promise<void>>()
  let first: number | undefined
  const listeners = SIGNALS.map((signal) => [signal, () => receive(signal)] as const)
  for (const [signal, listener] of listeners) host.on(signal, listener)
  const group = { closers, release }
  groups.set(host, group)
  return group

  function receive(signal: TerminationSignal): void {
    if (first === undefined) {
      first = performance.now()
      void closeAll()
    } else if (performance.now() - first > SAME_SIGNAL) {
      host.exit(EXIT_CODES[signal])
    }
  }

  async function closeAll(): Promise<void> {
    const results = await Promise.allSettled([...closers].map((close) => close()))
    const failures = results.filter((result) => result.status === 'rejected')
    for (const { reason } of failures) console.error(reason)
    host.exit(failures.length === 0 ? 0 : 1)
  }

  function release(): void {
    // Once a signal has come the listeners stay: the second must still end the process.
    if (first !== undefined) return
    groups.delete(host)
    for (const [signal, listener] of listeners) host.off(signal, listener)
  }
}
