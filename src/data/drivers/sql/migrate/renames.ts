import { misuse } from '../../../../kernel/index.ts'
import type { LiveTable } from '../../../store.ts'
import type { Change } from './change.ts'
import type { WantedTable } from './structure.ts'

/** The live tables as they are after renaming, and what they were called before. */
export interface Renamed {
  readonly changes: readonly Change[]
  readonly live: readonly LiveTable[]
  /** The names that a table, and a column of it, have in the database now. */
  before(table: string): string
  before(table: string, column: string): string
  /** Whether a table or a column of it gets another name. */
  has(table: string): boolean
}

interface Rename {
  readonly table: string
  readonly column?: string
  readonly to: string
}

/**
 * Follows the renames that were named: `notes` to `memos`, `memos.body` to `memos.text`. Tables come
 * first, so a column is named with what its table is called in code. What was renamed already is
 * passed over.
 */
export function followRenames(
  renames: Readonly<Record<string, string>>,
  wanted: readonly WantedTable[],
  live: readonly LiveTable[],
): Renamed {
  const list = Object.entries(renames).map(([from, to]) => parse(from, to, wanted))
  const tables = list.filter(({ column }) => column === undefined)
  const columns = list.filter(({ column }) => column !== undefined)
  const before = new Map<string, string>()
  const changes: Change[] = []
  let renamed = live
  for (const { table, to } of tables) {
    if (isDone(`table ${table}`, renamed, table, to)) continue
    changes.push({ type: 'rename table', table, to })
    before.set(to, table)
    renamed = renamed.map((other) => renameTable(other, table, to))
  }
  for (const { table, column = '', to } of columns) {
    const owner = renamed.find(({ name }) => name === table)
    if (isDone(`column ${table}.${column}`, owner?.columns ?? [], column, to)) continue
    changes.push({ type: 'rename column', table, column, to })
    before.set(`${table}.${to}`, column)
    renamed = renamed.map((other) => (other === owner ? renameColumn(other, column, to) : other))
  }
  return {
    changes,
    live: renamed,
    before: (table, column?: string) =>
      column === undefined
        ? (before.get(table) ?? table)
        : (before.get(`${table}.${column}`) ?? column),
    has: (table) => [...before.keys()].some((name) => name.split('.')[0] === table),
  }
}

function parse(from: string, to: unknown, wanted: readonly WantedTable[]): Rename {
  const place = `rename ${JSON.stringify(from)}`
  const name = /^\w+(\.\w+)?$/
  if (!name.test(from) || typeof to !== 'string' || !name.test(to)) {
    throw misuse(place, 'expected names such as notes or notes.body on both sides')
  }
  const [table = '', column] = from.split('.')
  const target = to.split('.')
  if (column === undefined) {
    if (target.length > 1) throw misuse(place, `a table cannot become ${to}`)
    if (!wanted.some(({ name }) => name === to))
      throw misuse(place, `no table in code is named ${to}`)
    return { table, to }
  }
  if (target.length === 2 && target[0] !== table) {
    throw misuse(place, 'a column cannot move to another table; name it with the table of the code')
  }
  const renamed = target.at(-1) as string
  const owner = wanted.find(({ name }) => name === table)
  if (!owner) throw misuse(place, `no table in code is named ${table}`)
  if (!owner.columns.some(({ name }) => name === renamed)) {
    throw misuse(place, `table ${table} in code has no column ${renamed}`)
  }
  return { table, column, to: renamed }
}

/** Whether only the new name is there. When both are, or none, the rename means nothing. */
function isDone(
  what: string,
  present: readonly { readonly name: string }[],
  from: string,
  to: string,
): boolean {
  const has = (wanted: string) => present.some(({ name }) => name === wanted)
  if (has(from) && !has(to)) return false
  if (has(to) && !has(from)) return true
  throw misuse(
    `rename ${what} to ${to}`,
    has(to) ? 'the database has both' : 'the database has neither',
  )
}

function renameTable(table: LiveTable, from: string, to: string): LiveTable {
  const references = table.references.map((reference) =>
    reference.table === from ? { ...reference, table: to } : reference,
  )
  return { ...table, name: table.name === from ? to : table.name, references }
}

function renameColumn(table: LiveTable, from: string, to: string): LiveTable {
  const rename = (name: string): string => (name === from ? to : name)
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: rename(column.name) })),
    indexes: table.indexes.map((index) => ({ ...index, columns: index.columns.map(rename) })),
    references: table.references.map((reference) => ({
      ...reference,
      column: rename(reference.column),
    })),
  }
}
