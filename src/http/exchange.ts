import type { Actor, LogRecord, TraceContext } from '../kernel/index.ts'
import { parseBaggage } from './baggage.ts'
import type { Context } from './context.ts'
import type { Incoming } from './message.ts'
import { type Fetch, fetchFor, type OutboundPorts } from './outbound.ts'
import type { Principal } from './principal.ts'

/**
 * One request on its way: the context that its handler is given. What costs something (the signal,
 * the log function, the baggage) is made when it is first asked for.
 */
export class Exchange implements Context {
  params: unknown
  query: unknown
  headers: unknown
  cookies: unknown
  body: unknown
  actor: Actor | null = null
  principal: Principal | null = null
  readonly incoming: Incoming
  readonly trace: TraceContext | undefined
  readonly #ports: OutboundPorts
  #controller: AbortController | undefined
  #given: (() => unknown) | undefined
  #baggage: ReadonlyMap<string, string> | undefined
  #expired: unknown

  constructor(incoming: Incoming, ports: OutboundPorts, trace: TraceContext | undefined) {
    this.incoming = incoming
    this.trace = trace
    this.#ports = ports
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#createController()
    return this.#controller.signal
  }

  /** Whether the signal is aborted, or would be if it was asked for. */
  get aborted(): boolean {
    if (this.#expired !== undefined) return true
    if (this.#controller) return this.#controller.signal.aborted
    return this.incoming.aborted ?? this.incoming.signal.aborted
  }

  get log(): (record: Omit<LogRecord, 'trace'>) => void {
    return (record) => this.#ports.signals.log({ ...record, trace: this.trace, given: this.given })
  }

  /** What came with the request, as it was sent and as it was read. One function for all its records. */
  get given(): () => unknown {
    this.#given ??= () => {
      const { params, query, headers, cookies, body, incoming } = this
      const sent = [incoming.headers, new URLSearchParams(incoming.query)]
      return [params, query, headers, cookies, body, ...sent]
    }
    return this.#given
  }

  get baggage(): ReadonlyMap<string, string> {
    this.#baggage ??= parseBaggage(this.incoming.header('baggage'))
    return this.#baggage
  }

  get fetch(): Fetch {
    return (...given) => fetchFor(this, this.#ports, given)
  }

  /** Ends the request's time: its signal is aborted now, or when somebody asks for it. */
  expire(reason: unknown): void {
    this.#expired = reason
    this.#controller?.abort(reason)
  }

  #createController(): AbortController {
    const controller = new AbortController()
    const client = this.incoming.signal
    const follow = () => controller.abort(client.reason)
    if (this.#expired !== undefined) controller.abort(this.#expired)
    else if (client.aborted) follow()
    else client.addEventListener('abort', follow, { once: true })
    return controller
  }
}
