import type { TraceContext } from './trace-context.ts'

/** A request of which the route is known now, or that has none. */
export interface RequestStarted {
  readonly method: string
  /** The route's template, such as `/notes/{id}`; undefined where none matched. */
  readonly route: string | undefined
  /** The client's IP address. */
  readonly address: string | undefined
  readonly trace: TraceContext | undefined
}

/** What the policy of a table said about an operation of an actor. */
export interface PolicyDecision {
  readonly table: string
  readonly operation: 'read' | 'create' | 'update' | 'delete'
  /** The actor's id; null for nobody signed in. */
  readonly actor: string | null
  /** `filtered`: for rows that meet a condition. `denied`: for no row, or not for one that was meant. */
  readonly outcome: 'allowed' | 'filtered' | 'denied'
  readonly trace: TraceContext | undefined
}

/** A change of the structure of a database that was made. */
export interface MigrationApplied {
  /** Such as `sqlite` or `postgresql`. */
  readonly database: string
  /** `step`: from the tables in code, such as `create table notes`. `file`: a file, by its name. */
  readonly kind: 'step' | 'file'
  readonly name: string
}

/** What happens too often, or to too few who care, to be a span or a line of the log: by name. */
export interface Events {
  'http.request_started': RequestStarted
  'data.policy': PolicyDecision
  'data.migration': MigrationApplied
}

/** What is called when something happens; absent where nobody cares. */
export type EventListeners = {
  readonly [Name in keyof Events]?: ((event: Events[Name]) => void | Promise<void>) | undefined
}
