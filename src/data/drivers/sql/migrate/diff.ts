import type { LiveColumn, LiveIndex, LiveReference, LiveTable } from '../../../store.ts'
import { isOwnName } from './index-names.ts'
import type { WantedColumn, WantedIndex, WantedReference, WantedTable } from './structure.ts'

/** How a table in the database differs from the one in code. */
export interface TableDiff {
  readonly wanted: WantedTable
  readonly live: LiveTable
  readonly added: readonly WantedColumn[]
  /** Columns that code does not have. */
  readonly leftover: readonly LiveColumn[]
  readonly altered: readonly ColumnDiff[]
  readonly references: readonly ReferenceDiff[]
  readonly missingIndexes: readonly WantedIndex[]
  /** Indexes that a migration made and code does not have any more. */
  readonly oldIndexes: readonly LiveIndex[]
  /** Indexes that are right but for their names, which other tables or columns may want to have. */
  readonly misnamed: readonly { readonly index: LiveIndex; readonly to: string }[]
  readonly misnamedReferences: readonly MisnamedReference[]
}

export interface MisnamedReference {
  readonly from: LiveReference
  readonly to: WantedReference
}

export interface ColumnDiff {
  readonly wanted: WantedColumn
  readonly live: LiveColumn
  readonly type: boolean
  readonly nullable: boolean
  readonly primaryKey: boolean
}

export interface ReferenceDiff {
  readonly column: WantedColumn
  readonly wanted: WantedReference | undefined
  readonly live: LiveReference | undefined
}

export type IsSameType = (live: string, wanted: string) => boolean

export function diffTable(wanted: WantedTable, live: LiveTable, isSameType: IsSameType): TableDiff {
  const known = new Map(wanted.columns.map((column) => [column.name, column]))
  const present = new Map(live.columns.map((column) => [column.name, column]))
  return {
    wanted,
    live,
    added: wanted.columns.filter(({ name }) => !present.has(name)),
    leftover: live.columns.filter(({ name }) => !known.has(name)),
    altered: live.columns.flatMap((column) =>
      diffColumn(known.get(column.name), column, isSameType),
    ),
    references: wanted.columns
      .filter(({ name }) => present.has(name))
      .flatMap((column) => diffReference(column, live)),
    missingIndexes: wanted.indexes.filter(
      (index) => !live.indexes.some((other) => isSameIndex(index, other)),
    ),
    oldIndexes: live.indexes.filter(
      (index) =>
        isOwnName(index.name) && !wanted.indexes.some((other) => isSameIndex(other, index)),
    ),
    misnamed: live.indexes.flatMap((index) => {
      const to = wanted.indexes.find((other) => isSameIndex(other, index))?.name
      return to && isOwnName(index.name) && to !== index.name ? [{ index, to }] : []
    }),
    misnamedReferences: wanted.columns.flatMap(({ name, reference: to }) => {
      const from = live.references.find(({ column }) => column === name)
      if (!to || !from?.name || to.name === from.name || !isOwnName(from.name)) return []
      return isSameReference(to, from) ? [{ from, to }] : []
    }),
  }
}

export function isSameIndex(
  one: Pick<WantedIndex, 'columns' | 'unique'>,
  other: Pick<WantedIndex, 'columns' | 'unique'>,
): boolean {
  return one.unique === other.unique && one.columns.join() === other.columns.join()
}

function diffColumn(
  wanted: WantedColumn | undefined,
  live: LiveColumn,
  isSameType: IsSameType,
): ColumnDiff[] {
  if (!wanted) return []
  const type = !isSameType(live.type, wanted.type)
  const nullable = wanted.nullable !== live.nullable
  const primaryKey = wanted.primaryKey !== live.primaryKey
  return type || nullable || primaryKey ? [{ wanted, live, type, nullable, primaryKey }] : []
}

function diffReference(column: WantedColumn, { references }: LiveTable): ReferenceDiff[] {
  const live = references.find((reference) => reference.column === column.name)
  const wanted = column.reference
  return isSameReference(wanted, live) ? [] : [{ column, wanted, live }]
}

function isSameReference(
  wanted: WantedReference | undefined,
  live: LiveReference | undefined,
): boolean {
  return wanted?.table === live?.table && wanted?.onDelete === live?.onDelete
}
