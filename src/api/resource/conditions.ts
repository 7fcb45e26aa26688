import * as v from 'valibot'
import { PlinthError } from '../../kernel/index.ts'
import { found } from '../found.ts'
import type { RowContext } from './define.ts'
import { versionsOf } from './etag.ts'
import type { Rows } from './rows.ts'

/** Versions as a header field lists them: any, or these. */
type Versions = '*' | readonly number[]

/** Which versions of a row a request is for; undefined where it does not say. */
export interface Conditions {
  readonly match: Versions | undefined
  readonly noneMatch: Versions | undefined
}

type Filter = Readonly<Record<string, unknown>>

/** The header fields in which a request says which version of a row it is for. */
export const conditionHeaders: v.GenericSchema = v.object({
  'if-match': v.optional(v.string()),
  'if-none-match': v.optional(v.string()),
})

/**
 * Writes a row if the request's conditions hold for it (RFC 9110, section 13): 412
 * `precondition_failed` where they do not, 428 `precondition_required` where there is none and the
 * resource demands one. A row that the caller cannot see is missing, whatever the conditions.
 *
 * `write` is given the condition as a filter: checked in the statement that changes the row, it cannot
 * be overtaken by somebody else's change.
 */
export async function writeIf<Row>(
  rows: Rows,
  { db, params: { id }, incoming }: Pick<RowContext, 'db' | 'params' | 'incoming'>,
  write: (where: Filter | undefined) => Promise<Row | null | false>,
): Promise<Row> {
  const conditions = readConditions(rows, incoming)
  if (!rows.isId(id)) return found<Row>(null)
  if (!conditions) return found(await write(undefined))

  const where = filterOf(rows, conditions)
  const written = where !== null && (await write(where))
  if (written) return written
  const select = [rows.version ?? rows.table.primaryKey]
  const row: Readonly<Record<string, unknown>> = found(await db.get(rows.table, id, { select }))
  // Where they hold, it is a rule that keeps the caller from writing what it may read.
  if (where !== null && holds(conditions, row[rows.version ?? ''])) return found<Row>(null)
  throw preconditionFailed()
}

/** The conditions of a request; undefined where it has none and needs none. */
export function readConditions(
  { options: { requireMatch } }: Rows,
  incoming: RowContext['incoming'],
): Conditions | undefined {
  const match = readVersions(incoming, 'if-match')
  const noneMatch = readVersions(incoming, 'if-none-match')
  // Who creates a row has no version of it yet.
  if (requireMatch && match === undefined && noneMatch !== '*') {
    const message = 'Say with If-Match which version of the row the request is for.'
    throw new PlinthError('precondition_required', message, { status: 428 })
  }
  return match === undefined && noneMatch === undefined ? undefined : { match, noneMatch }
}

export function preconditionFailed(): PlinthError {
  const message = 'The row is not in the state that the request is for.'
  return new PlinthError('precondition_failed', message, { status: 412 })
}

function readVersions(incoming: RowContext['incoming'], name: string): Versions | undefined {
  const list = incoming.header(name)
  if (list === null) return undefined
  const versions = versionsOf(list)
  if (versions !== undefined) return versions
  throw new PlinthError('invalid_precondition', `${name}: expected "*" or entity tags.`, {
    status: 400,
  })
}

/** The conditions as a filter: undefined where every version will do, null where none can. */
function filterOf({ version }: Rows, { match, noneMatch }: Conditions): Filter | undefined | null {
  if (noneMatch === '*') return null
  const parts: Filter[] = []
  if (match !== undefined && match !== '*') {
    if (version === undefined || match.length === 0) return null
    parts.push({ [version]: { in: match } })
  }
  if (version !== undefined && noneMatch !== undefined && noneMatch.length > 0) {
    parts.push({ not: { [version]: { in: noneMatch } } })
  }
  return parts.length === 0 ? undefined : { and: parts }
}

function holds({ match, noneMatch }: Conditions, version: unknown): boolean {
  const among = (versions: Versions | undefined) =>
    versions !== undefined && versions !== '*' && versions.includes(Number(version))
  return (match === undefined || match === '*' || among(match)) && !among(noneMatch)
}
