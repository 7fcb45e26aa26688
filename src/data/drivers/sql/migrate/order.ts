import type { Change } from './change.ts'

/**
 * Puts changes into an order in which each finds what it needs: names first; references before what
 * they hold on to; columns before the indexes on them. An index that needs none of the columns that
 * change is made before others are dropped: MySQL wants one behind each reference at any time.
 */
export function inOrder(changes: readonly Change[]): Change[] {
  const changing = new Set(changes.flatMap(changedColumn))
  const names = new Set(changes.flatMap(newIndexName))
  const ranked = changes.map((change) => ({ change, rank: rankOf(change, changing, names) }))
  // Sorting is stable: within a rank the order of the tables in code stays.
  return ranked.sort((one, other) => one.rank - other.rank).map(({ change }) => change)
}

/** The columns that an index cannot be made on yet, or not kept on. */
function changedColumn(change: Change): string[] {
  if (change.type === 'drop column') return [`${change.table}.${change.column}`]
  if (change.type === 'alter column') return [`${change.table}.${change.to.name}`]
  return []
}

function newIndexName(change: Change): string[] {
  if (change.type === 'create index') return [change.index.name]
  return change.type === 'rename index' ? [change.to] : []
}

const RANKS: Readonly<Record<Change['type'], number>> = {
  'rename table': 0,
  'rename column': 1,
  'drop reference': 2,
  'rename index': 4,
  'rename reference': 4,
  'drop table': 5,
  'create table': 6,
  'add column': 7,
  'create index': 8,
  'drop index': 9,
  'alter column': 10,
  'drop column': 11,
  'add reference': 14,
}

const INDEX_IN_THE_WAY = 3
const REPLACED_COLUMN = 12
const LATE_INDEX = 13

function rankOf(change: Change, changing: ReadonlySet<string>, names: ReadonlySet<string>): number {
  const { type } = change
  if (type === 'drop index' && names.has(change.index.name)) return INDEX_IN_THE_WAY
  if (type === 'add column' && changing.has(`${change.table}.${change.column.name}`)) {
    return REPLACED_COLUMN
  }
  if (type === 'create index') {
    // Beside its table, for those who read the plan.
    if (change.fresh) return RANKS['create table']
    const waits = change.index.columns.some((column) => changing.has(`${change.table}.${column}`))
    if (waits) return LATE_INDEX
  }
  return RANKS[type]
}
