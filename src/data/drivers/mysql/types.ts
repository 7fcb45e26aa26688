import { misuse } from '../../../kernel/index.ts'
import type { Column, ColumnKind } from '../../column.ts'
import { maxLengthOf } from './max-length.ts'

/** The SQL type of each kind where nothing else is known of the column. */
export const types: Readonly<Record<ColumnKind, string>> = {
  // In the character set of all text: values compared with it may be any text.
  uuid: 'char(36)',
  text: 'longtext',
  integer: 'bigint',
  bigint: 'bigint',
  real: 'double',
  boolean: 'tinyint(1)',
  timestamp: 'datetime(3)',
  // Not the type JSON: that forgets the order of keys, and digits.
  json: 'longtext',
  bytes: 'longblob',
}

/** Where a column stands, and what it is used for beside holding values. */
export interface ColumnUse {
  readonly table: string
  readonly name: string
  /** Part of the primary key or of a unique key, part of an index, or neither. */
  readonly in: 'key' | 'index' | 'neither'
}

/** The SQL type of a column. Throws `misuse` for a key that neither server could hold. */
export function columnType({ kind, schema }: Column, use: ColumnUse): string {
  if (use.in === 'neither' || !UNBOUNDED.has(kind)) return types[kind]
  const length = kind === 'text' ? maxLengthOf(schema) : undefined
  if (length !== undefined && length <= MAX_CHARACTERS) return `varchar(${Math.max(1, length)})`
  if (use.in === 'index') return types[kind]
  throw misuse(
    `table("${use.table}") column "${use.name}"`,
    kind === 'text'
      ? `MySQL and MariaDB hold unique keys and primary keys of text of up to ${MAX_CHARACTERS} ` +
          `characters; say how long it may be: v.maxLength(${Math.min(length ?? 200, 200)})`
      : `MySQL and MariaDB hold no unique keys of ${kind}; store a digest of it as text beside it`,
  )
}

/** A column of an index: its name and its SQL type. */
export interface IndexColumn {
  readonly name: string
  readonly type: string
}

/**
 * The columns of an index as CREATE INDEX lists them. An index that only orders holds the beginnings
 * of text that would not fit as a whole; a unique one that does not fit is `misuse`.
 */
export function indexColumns(
  columns: readonly IndexColumn[],
  { table, unique }: { readonly table: string; readonly unique: boolean },
): string[] {
  const sizes = columns.map(({ type }) => bytesOf(type))
  const whole = sizes.reduce((sum, size) => sum + size, 0) <= MAX_BYTES
  if (!whole && unique) {
    throw misuse(
      `table("${table}") unique key (${columns.map(({ name }) => name).join(', ')})`,
      `MySQL and MariaDB hold keys of ${MAX_BYTES} bytes, four for each character; ` +
        'bound its text to less with v.maxLength(n)',
    )
  }
  const cut = sizes.filter((size) => size > PREFIX_BYTES)
  const rest = sizes.reduce((sum, size) => (size > PREFIX_BYTES ? sum : sum + size), 0)
  const share = Math.min(PREFIX_BYTES, Math.floor((MAX_BYTES - rest) / cut.length))
  return columns.map(({ name, type }, at) => {
    const quoted = `\`${name}\``
    if (whole || (sizes[at] ?? 0) <= PREFIX_BYTES) return quoted
    return `${quoted}(${type.toLowerCase() === types.bytes ? share : Math.floor(share / 4)})`
  })
}

function bytesOf(type: string): number {
  if (/^long/i.test(type)) return Number.POSITIVE_INFINITY
  const characters = type.match(/^(?:var)?char\((\d+)\)/i)?.[1]
  return characters === undefined ? 8 : Number(characters) * 4
}

/** What InnoDB's index pages hold of one key, and how many characters of up to four bytes that is. */
const MAX_BYTES = 3072
const MAX_CHARACTERS = 768
/** The beginning of long text in an index: 191 characters. */
const PREFIX_BYTES = 764

const UNBOUNDED = new Set<ColumnKind>(['text', 'json', 'bytes'])
