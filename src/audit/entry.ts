import type { Row } from '../data/index.ts'
import { sha256 } from '../kernel/index.ts'
import { canonicalJson } from './canonical.ts'
import type { entries } from './tables.ts'

/** An entry as it is stored. */
export type StoredEntry = Row<typeof entries>

/**
 * What the hash of an entry covers, in this order: every column but the hash itself. The format's name comes
 * first, so that an entry of another format has another hash.
 */
const COVERED = [
  'seq',
  'id',
  'at',
  'event',
  'actor',
  'kind',
  'impersonator',
  'session',
  'address',
  'trace',
  'table',
  'row',
  'before',
  'after',
  'details',
  'previous',
] as const satisfies (keyof StoredEntry)[]

const FORMAT = 'plinth-audit-1'

/**
 * The SHA-256 of an entry: of the UTF-8 bytes of a JSON array (RFC 8785) of the format's name and the
 * values of those columns, each a string, an integer or null, JSON columns as the text that they are.
 */
export function hashOf(entry: Omit<StoredEntry, 'hash'>): string | Promise<string> {
  return sha256(JSON.stringify([FORMAT, ...COVERED.map((name) => entry[name])]))
}

/** An entry as it is shown and exported. */
export interface AuditEntry {
  /** Its place in the log, from 1 and without gaps. */
  readonly seq: number
  readonly id: string
  /** When it happened, in UTC, as ISO 8601. */
  readonly at: string
  /** What happened: an event of auth such as `auth.sign_in`, `http.denied`, or `row.create`, `row.update`, `row.delete`. */
  readonly event: string
  /** Who did it: an id, or null for nobody who is signed in and for the system by itself. */
  readonly actor: string | null
  /** As what: `user`, `key`, `token`, `actor` (without a request), `system` or `nobody`. */
  readonly kind: string
  /** The member of staff who acted as that user. */
  readonly impersonator: string | null
  /** The session, key or token. */
  readonly session: string | null
  /** The client's IP address. */
  readonly address: string | null
  /** The trace id of the request. */
  readonly trace: string | null
  readonly table: string | null
  /** The primary key of the row; of an event of auth, the user that it is about. */
  readonly row: string | null
  readonly before: unknown
  readonly after: unknown
  readonly details: unknown
  readonly previous: string
  readonly hash: string
}

/** Turns a stored entry into the one that is shown. */
export function toEntry(stored: StoredEntry): AuditEntry {
  const { before, after, details, at } = stored
  return {
    ...stored,
    at: isoOf(at),
    before: parsed(before),
    after: parsed(after),
    details: parsed(details),
  }
}

/** Turns what is shown back into what is hashed: for logs that were exported. */
export function toStoredEntry(entry: AuditEntry): StoredEntry {
  const { before, after, details, at } = entry
  return {
    ...entry,
    at: Date.parse(at),
    before: textOf(before),
    after: textOf(after),
    details: textOf(details),
  }
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : canonicalJson(value)
}

/** A log that was tampered with is shown as well. */
function isoOf(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString()
}

function parsed(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
