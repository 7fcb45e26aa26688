import { type Gatherer, type Handle, lockRow } from '../data/index.ts'
import { type Draft, type Happening, toDraft } from './draft.ts'
import { hashOf, type StoredEntry } from './entry.ts'
import { auditBroken } from './errors.ts'
import { type Head, isOwnHead, toHeadRow } from './head.ts'
import type { Signer } from './keys.ts'
import type { Mask } from './mask.ts'
import { entries, HEAD, heads } from './tables.ts'

export interface ChainPorts {
  readonly mask: Mask
  readonly signer: Signer
  /** Makes something that happened of the log itself. */
  readonly note: (event: string, details: Readonly<Record<string, unknown>>) => Happening
  /** Called in the transaction, with the end of the chain before and after. */
  readonly onAdded: (tx: Handle, before: Head, after: Head) => void
}

/**
 * Adds what a transaction gathered to the chain. The head is locked last of all before the commit: writers
 * wait for each other no longer than an insert, an update and a commit take, and as nothing is locked
 * behind it, they never wait in a circle.
 */
export function createChain({ mask, signer, note, onAdded }: ChainPorts): Gatherer<Happening> {
  return {
    async finish(happenings, tx) {
      const drafts: Draft[] = []
      for (const happening of happenings) drafts.push(await toDraft(happening, mask))
      const before = await lockRow(tx, heads, HEAD)
      if (!before) throw auditBroken('its head is missing')
      // Told for ever, where it was found: the business of the application goes on.
      if ((await isOwnHead(before, signer)) === false) {
        const { seq, hash } = before
        drafts.unshift(await toDraft(note('audit.broken', { head: { seq, hash } }), mask))
      }
      const { rows, head } = await link(drafts, before)
      const [only] = rows
      if (only && rows.length === 1) await tx.create(entries, only)
      else await tx.createMany(entries, rows)
      await tx.update(heads, HEAD, await toHeadRow(head, signer))
      onAdded(tx, before, head)
    },
  }
}

/** Gives entries their places behind the head. */
async function link(
  drafts: readonly Draft[],
  { seq, hash }: Head,
): Promise<{ rows: StoredEntry[]; head: Head }> {
  const rows: StoredEntry[] = []
  let head: Head = { seq, hash }
  for (const draft of drafts) {
    const entry = { ...draft, seq: head.seq + 1, previous: head.hash }
    const own = await hashOf(entry)
    rows.push({ ...entry, hash: own })
    head = { seq: entry.seq, hash: own }
  }
  return { rows, head }
}
