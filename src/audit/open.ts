import type { Database, Handle, OnChange, Page } from '../data/index.ts'
import type { Clock, Scope, Signals } from '../kernel/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Cut } from './cut.ts'
import type { AuditEntry } from './entry.ts'
import type { AuditOperations } from './operations.ts'
import type { AuditFilter, AuditQuery } from './search.ts'
import type { SecurityFacts } from './security-event.ts'
import type { Verification } from './verify.ts'

/** What an audit log shares with the rest of a back end. */
export interface AuditPorts {
  readonly signals?: Signals
  readonly clock?: Clock
}

/** Against what a log is verified, beside its own checkpoints. */
export interface VerifyOptions {
  /** Checkpoints that were kept elsewhere. */
  readonly published?: readonly Checkpoint[]
  /** Public keys by name, to verify by these alone: the head, which only the owner of the keys can check, is not. */
  readonly publicKeys?: Readonly<Record<string, string>>
}

/** An audit log at work. */
export interface OpenAudit {
  /** For `open()` and `openAuth()`, before there is a database: what they tell is stored as of `begin`. */
  readonly onChange: OnChange
  /** Takes an event of auth: in the transaction that it is part of, or else in one of its own, soon. */
  readonly onEvent: (event: AuthEventTold, tx: Handle | undefined) => void
  /** Gives it its database to read, and writes nothing. */
  use(database: Database): void
  /** Gives it its database, whose tables are there by now. Call it once, before anything is served. */
  begin(database: Database): Promise<void>
  /** Served under `audit`; undefined without a guard. */
  readonly operations: AuditOperations | undefined
  /** Finds entries, the latest first. */
  search(query?: AuditQuery): Promise<Page<AuditEntry>>
  /** Reads the entries that match, from the first on. */
  export(filter?: AuditFilter): AsyncGenerator<AuditEntry, void, undefined>
  /** Reads the whole log and says what is not as it was written. */
  verify(options?: VerifyOptions): Promise<Verification>
  /** Removes what is older, up to a checkpoint: for retention. Throws `audit_cut_refused` when it does not verify. */
  cut(options: { readonly before: Date }): Promise<Cut>
  /** Signs the present end of the log; undefined when it is signed. */
  checkpoint(): Promise<Checkpoint | undefined>
  /** The public keys by name, for those who verify. */
  publicKeys(): Promise<Readonly<Record<string, string>>>
  /** Settles when everything reported so far is stored. */
  idle(): Promise<void>
  /** The same, signs a last checkpoint, and listens no longer. Call it before the database is closed. */
  close(): Promise<void>
}

/** An event of auth, as it is reported. */
export interface AuthEventTold {
  readonly event: string
  readonly facts: SecurityFacts
  readonly scope: Scope
}
