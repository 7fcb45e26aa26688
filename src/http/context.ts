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
   * What came along with the trace in the `baggage` header (W3C Baggage): values by name, decoded, without
   * their properties. Anybody may send anything there, so believe it no more than a query. Malformed
   * members, and what lies behind 8,192 bytes or 180 members, are left out; of a name that comes twice the
   * last counts. Nothing of it is logged, recorded or exported.
   */
  readonly baggage: ReadonlyMap<string, string>
  /**
   * The platform's `fetch` for requests that this one needs: aborted with `signal`, in the same trace,
   * and recorded as a span. It leads where `outbound` of the app allows, which is anywhere unless set.
   *
   * The request's baggage goes along, since it often tells of customers, to places that are known only:
   * those of `outbound.allow`, or unless set, hosts that are not public (`isPublicHost`). A `baggage`
   * header of the call's own is sent in its stead, wherever it leads.
   */
  readonly fetch: Fetch
  /** Writes a line to the log with the request's trace. */
  log(record: Omit<LogRecord, 'trace'>): void
}
