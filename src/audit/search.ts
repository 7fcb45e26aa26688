import type { Database, FilterOf, Page } from '../data/index.ts'
import { type AuditEntry, type StoredEntry, toEntry } from './entry.ts'
import { entries } from './tables.ts'

/** Which entries are meant: those for which all that is given holds. */
export interface AuditFilter {
  readonly actor?: string | undefined
  readonly event?: string | undefined
  readonly table?: string | undefined
  /** The primary key of a row, or the user that an event of auth is about. */
  readonly row?: string | undefined
  /** From this time on. */
  readonly from?: Date | undefined
  /** Before this time. */
  readonly to?: Date | undefined
  /** One of the columns that say who, what or from where is this text. */
  readonly text?: string | undefined
}

/** A filter, and which part of what it finds. */
export interface AuditQuery extends AuditFilter {
  /** From 1 to 1,000. Default 50. */
  readonly limit?: number | undefined
  /** Where the page before ended. */
  readonly cursor?: string | undefined
}

const SEARCHED = [
  'actor',
  'event',
  'table',
  'row',
  'address',
  'trace',
  'session',
  'impersonator',
] as const

/** Finds entries, the latest first. */
export async function searchEntries(
  database: Database,
  { limit, cursor, ...filter }: AuditQuery,
): Promise<Page<AuditEntry>> {
  const { items, next } = await database.system.list(entries, {
    where: whereOf(filter),
    orderBy: { seq: 'desc' },
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  })
  return { items: items.map(toEntry), next }
}

/** Reads the entries that match, in order, a batch at a time. */
export async function* exportEntries(
  database: Database,
  filter: AuditFilter = {},
): AsyncGenerator<AuditEntry, void, undefined> {
  for await (const stored of database.system.stream(entries, {
    where: whereOf(filter),
    orderBy: { seq: 'asc' },
  })) {
    yield toEntry(stored)
  }
}

/** Reads all entries as they are stored, a batch at a time. */
export async function* entryBatches(
  database: Database,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  let cursor: string | undefined
  do {
    const page = await database.system.list(entries, {
      orderBy: { seq: 'asc' },
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    })
    yield page.items
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
}

function whereOf({
  actor,
  event,
  table,
  row,
  from,
  to,
  text,
}: AuditFilter): FilterOf<typeof entries> {
  const all: FilterOf<typeof entries>[] = []
  for (const [name, value] of Object.entries({ actor, event, table, row })) {
    if (value !== undefined) all.push({ [name]: value })
  }
  if (from !== undefined) all.push({ at: { gte: from.getTime() } })
  if (to !== undefined) all.push({ at: { lt: to.getTime() } })
  if (text !== undefined) all.push({ or: SEARCHED.map((name) => ({ [name]: text })) })
  return { and: all }
}
