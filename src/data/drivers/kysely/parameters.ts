import { misuse } from '../../../kernel/index.ts'
import type { ColumnKind } from '../../column.ts'
import { invalidValues } from '../../errors.ts'
import type { RawSql } from '../../store.ts'
import { Problem, toStored } from '../../stored.ts'

/** Turns a value into the parameter that stands for it, by its type alone. */
export function toParameter(value: unknown, dialect: RawSql['dialect']): unknown {
  if (value === null || value === undefined) return null
  if (Array.isArray(value) && dialect === 'postgresql') {
    return value.map((item) => toParameter(item, dialect))
  }
  const kind = kindOf(value)
  if (!kind) {
    throw misuse(
      'parameter',
      'expected text, a number, bigint, boolean, Date, Uint8Array or null, ' +
        `got ${Array.isArray(value) ? 'an array' : typeof value}; JSON is sent as its text`,
    )
  }
  const stored = toStored(kind, value)
  if (stored instanceof Problem) throw invalidValues([{ path: '', message: stored.message }])
  return NATIVE[dialect].includes(kind) ? value : stored
}

/** What drivers are given as it is, since the database has a type for it. */
const NATIVE: Readonly<Record<RawSql['dialect'], readonly ColumnKind[]>> = {
  sqlite: [],
  postgresql: ['boolean', 'timestamp'],
  mysql: ['timestamp'],
  mariadb: ['timestamp'],
}

function kindOf(value: unknown): ColumnKind | undefined {
  if (value instanceof Date) return 'timestamp'
  return value instanceof Uint8Array ? 'bytes' : KINDS[typeof value]
}

const KINDS: Readonly<Record<string, ColumnKind>> = {
  string: 'text',
  number: 'real',
  bigint: 'bigint',
  boolean: 'boolean',
}
