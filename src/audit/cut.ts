import { type Database, type Gatherer, gather, prune } from '../data/index.ts'
import { type Checkpoint, signed, toCheckpoint } from './checkpoint.ts'
import type { Happening } from './draft.ts'
import { cutRefused } from './errors.ts'
import type { Signer } from './keys.ts'
import { checkpoints, entries } from './tables.ts'
import type { Verification } from './verify.ts'

/** What a cut has removed. */
export interface Cut {
  /** How many entries. */
  readonly removed: number
  /** The last of them; the log begins behind it. 0 where nothing was removed. */
  readonly upTo: number
  /** What says so, signed. */
  readonly marker: Checkpoint | undefined
}

export interface CutPorts {
  readonly database: Database
  readonly signer: Signer
  readonly chain: Gatherer<Happening>
  readonly now: number
  readonly note: (event: string, details: Readonly<Record<string, unknown>>) => Happening
  readonly verify: () => Promise<Verification>
}

/** Half an hour: a cut may be long, and nothing of it is kept unless all of it is. */
const TIMEOUT = 30 * 60_000

/**
 * Removes the entries from before a time, up to the last checkpoint that stands before it, and leaves a
 * signed marker in their place. A log that does not verify is not cut: evidence would go.
 */
export async function cutLog(ports: CutPorts, { before }: { before: Date }): Promise<Cut> {
  const { database, signer, chain, note } = ports
  const until = await lastBefore(database, before)
  const found = await database.system.first(checkpoints, {
    where: { kind: 'checkpoint', seq: { lte: until } },
    orderBy: { seq: 'desc' },
  })
  const first = await database.system.first(entries, { orderBy: { seq: 'asc' }, select: ['seq'] })
  if (!found || !first || found.seq < first.seq) return { removed: 0, upTo: 0, marker: undefined }
  const { ok, findings } = await ports.verify()
  if (!ok) {
    throw cutRefused(`The log does not verify (entry ${findings[0]?.seq}); nothing was removed.`)
  }
  const { seq, hash } = toCheckpoint(found)
  const marker = await signed(signer, { kind: 'cut', seq, hash, at: Math.trunc(ports.now) })
  const removed = await database.system.transaction(
    async (tx) => {
      const count = await prune(tx, entries, { seq: { lte: seq } })
      await prune(tx, checkpoints, { seq: { lt: seq } })
      await tx.create(checkpoints, marker)
      gather(
        tx,
        chain,
        note('audit.cut', { upTo: seq, removed: count, before: before.toISOString() }),
      )
      return count
    },
    { timeout: TIMEOUT },
  )
  return { removed, upTo: seq, marker }
}

/** The last entry of which all before it, and it itself, are from before that time. */
async function lastBefore({ system }: Database, before: Date): Promise<number> {
  const at = before.getTime()
  const later = await system.first(entries, {
    where: { at: { gte: at } },
    orderBy: { seq: 'asc' },
    select: ['seq'],
  })
  if (later) return later.seq - 1
  const last = await system.first(entries, { orderBy: { seq: 'desc' }, select: ['seq'] })
  return last?.seq ?? 0
}
