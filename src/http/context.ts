import type { Actor, LogRecord, TraceContext } from '../kernel/index.ts'
import type { Incoming } from './message.ts'
import type { Fetch } from './outbound.ts'
import type { InputSchemas, PartOutput } from './parts.ts'
import type { Principal } from './principal.ts'

/** What every handler is given. `Services` are added by the module that mounts it, such as `db`. */
export interface Context<
  I extends InputSchemas = InputSchemas,
  A extends Actor | null = Actor | null,
> {
  readonly params: PartOutput<I['params']>
  readonly query: PartOutput<I['query']>
  readonly headers: PartOutput<I['headers']>
  readonly cookies: PartOutput<I['cookies']>
  readonly body: PartOutput<I['body']>
  readonly actor: A
  readonly principal: Principal | null
  readonly incoming: Incoming
  /** Aborted when the client goes away or the time limit is reached. */
  readonly signal: AbortSignal
  /** Whether the signal is aborted. Asking costs less than asking the signal. */
  readonly aborted: boolean
  /** Where in its trace the request is; undefined when nobody records one. */
  readonly trace: TraceContext | undefined
  /**
   * The platform's `fetch` for requests that this one needs: aborted with `signal`, in the same trace,
   * and recorded as a span. It leads where `outbound` of the app allows, which is anywhere unless set.
   */
  readonly fetch: Fetch
  /** Writes a line to the log with the request's trace. */
  log(record: Omit<LogRecord, 'trace'>): void
}
