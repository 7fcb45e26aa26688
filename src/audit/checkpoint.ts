import type { Handle, Row } from '../data/index.ts'
import { auditBroken } from './errors.ts'
import type { Signer } from './keys.ts'
import { checkpoints, HEAD, heads } from './tables.ts'

/** A signed statement about the log, to be kept where whoever can change the log cannot. */
export interface Checkpoint {
  /** That the chain came to `hash` at `seq`; or that the entries up to `seq` were removed on purpose. */
  readonly kind: 'checkpoint' | 'cut'
  readonly seq: number
  readonly hash: string
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  /** The name of the key. */
  readonly key: string
  /** Ed25519, as base64url. */
  readonly signature: string
}

/** What is signed: a JSON array (RFC 8785). */
export function statementOf({ kind, seq, hash, at, key }: Omit<Checkpoint, 'signature'>): string {
  return JSON.stringify(['plinth-audit-checkpoint-1', kind, seq, hash, at, key])
}

/** Signs that the chain comes to its present end; undefined when that was signed before. */
export async function makeCheckpoint(
  db: Handle,
  { signer, now }: { signer: Signer; now: number },
): Promise<Checkpoint | undefined> {
  const head = await db.get(heads, HEAD)
  if (!head) throw auditBroken('its head is missing')
  const { seq, hash } = head
  if (seq === 0 || (await db.exists(checkpoints, { seq, hash, kind: 'checkpoint' })))
    return undefined
  const checkpoint = await signed(signer, { kind: 'checkpoint', seq, hash, at: Math.trunc(now) })
  await db.create(checkpoints, checkpoint)
  return checkpoint
}

export async function signed(
  signer: Signer,
  statement: Pick<Checkpoint, 'kind' | 'seq' | 'hash' | 'at'>,
): Promise<Checkpoint> {
  const whole = { ...statement, key: signer.current }
  return { ...whole, signature: await signer.sign(statementOf(whole)) }
}

export function toCheckpoint({
  kind,
  seq,
  hash,
  at,
  key,
  signature,
}: Row<typeof checkpoints>): Checkpoint {
  return { kind, seq, hash, at, key, signature }
}
