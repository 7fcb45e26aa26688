import type { AnyTable } from '../data/index.ts'
import type { Guard } from '../http/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { AuditKeys, Signer } from './keys.ts'
import type { AuditPorts, OpenAudit } from './open.ts'

/** How the log is kept, and who may read it. */
export interface AuditOptions {
  /** The keys that checkpoints are signed with: `{ current: '2026', keys: { 2026: config.AUDIT_KEY } }`. */
  readonly keys: AuditKeys
  /** Who may read it at `/audit` and `/audit/export`. Without a guard nobody may, over HTTP. */
  readonly guard?: Guard
  /** Whether the values of columns marked as personal are shown. Default `mask`. */
  readonly personal?: 'mask' | 'keep'
  /** When checkpoints are signed, beside when the application closes. */
  readonly checkpoint?: CheckpointOptions
  /**
   * Given every checkpoint, to keep it where whoever can change the database cannot: in another account, in a
   * mail, on paper. Against those, a log that was taken back to an earlier state as a whole is found as well.
   */
  readonly publish?: (checkpoint: Checkpoint) => void | Promise<void>
}

export interface CheckpointOptions {
  /** After so many entries. Default 1,000. */
  readonly every?: number
  /** At the latest so many milliseconds after the last one, when there is an entry that has none. Default an hour. */
  readonly interval?: number
}

/** An audit log as it is to be, before there is a database. */
export interface Audit {
  readonly kind: 'audit'
  /** What the database must hold beside a team's own tables. */
  readonly tables: readonly AnyTable[]
  /** Puts it to work: what `openAudit` does. */
  open(ports?: AuditPorts): OpenAudit
  readonly signer: Signer
  readonly guard: Guard | undefined
  readonly personal: 'mask' | 'keep'
  readonly checkpoint: Required<CheckpointOptions>
  readonly publish: ((checkpoint: Checkpoint) => void | Promise<void>) | undefined
}
