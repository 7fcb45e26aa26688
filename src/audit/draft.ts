import type { RowChange } from '../data/index.ts'
import { canonicalJson } from './canonical.ts'
import type { StoredEntry } from './entry.ts'
import type { Mask } from './mask.ts'
import { MAX_LENGTH } from './tables.ts'
import { type Who, whoChanged } from './who.ts'

/** An entry before it has its place in the chain. */
export type Draft = Omit<StoredEntry, 'seq' | 'previous' | 'hash'>

/** Something that happened, before it is put into the form of an entry. */
export interface Happening {
  readonly id: string
  readonly at: number
  readonly event: string
  readonly who: Who
  readonly row?: string | null
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly change?: RowChange
}

/** A change of a row as something that happened. */
export function fromChange(change: RowChange, { id, at }: { id: string; at: number }): Happening {
  const { operation, id: row } = change
  return { id, at, event: `row.${operation}`, who: whoChanged(change), row, change }
}

/** Puts what happened into the form of an entry, without its secrets. */
export async function toDraft(happening: Happening, mask: Mask): Promise<Draft> {
  const { id, at, event, who, row = null, details, change } = happening
  const table = change?.table
  const before = table && (await mask(table, change.before))
  const after = table && (await mask(table, change.after))
  return {
    id,
    at: Math.trunc(at),
    event: bounded(event, 64),
    actor: optional(who.actor),
    kind: who.kind,
    impersonator: optional(who.impersonator),
    session: optional(who.session),
    address: optional(who.address),
    trace: optional(who.trace),
    table: table?.name ?? null,
    row: optional(row),
    before: before ? canonicalJson(before) : null,
    after: after ? canonicalJson(after) : null,
    details: details ? canonicalJson(details) : null,
  }
}

function optional(text: string | null): string | null {
  return text === null ? null : bounded(text, MAX_LENGTH)
}

/** What comes from outside may be of any length and hold anything; an entry is never refused for that. */
function bounded(text: string, length: number): string {
  const clean = text.replaceAll('\0', '\uFFFD').toWellFormed()
  if (clean.length <= length) return clean
  return clean.slice(0, length).toWellFormed()
}
