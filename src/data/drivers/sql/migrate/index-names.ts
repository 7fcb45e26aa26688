import { sha256 } from '../../../../kernel/index.ts'

/** PostgreSQL cuts names at 63 bytes and refuses the second that is cut to the same; MySQL allows 64. */
const MAX_LENGTH = 63
const DIGEST_LENGTH = 10

/**
 * The name of an index: `table.column.column.index`. A dot cannot be part of a name, so no two get
 * the same one. Where it would be too long, its end is replaced by a digest of the whole.
 */
export async function indexName(
  table: string,
  columns: readonly string[],
  kind: 'unique' | 'index',
): Promise<string> {
  const whole = [table, ...columns, kind].join('.')
  return whole.length <= MAX_LENGTH ? whole : shorten(whole, `.${kind}`)
}

/** The name of the constraint behind a reference, which PostgreSQL and MySQL want to have one. */
export async function referenceName(table: string, column: string): Promise<string> {
  const whole = `${table}.${column}.reference`
  return whole.length <= MAX_LENGTH ? whole : shorten(whole, '.reference')
}

async function shorten(whole: string, end: string): Promise<string> {
  const digest = (await sha256(whole)).slice(0, DIGEST_LENGTH)
  const room = MAX_LENGTH - end.length - DIGEST_LENGTH - 1
  return `${whole.slice(0, room)}~${digest}${end}`
}

/** Whether a migration gave an index or a constraint its name: what others made is left alone. */
export function isOwnName(name: string): boolean {
  return /^[a-z]\w*[.~].*\.(unique|index|reference)$/i.test(name)
}
