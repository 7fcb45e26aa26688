import type { LiveColumn, LiveIndex, LiveReference } from '../../../store.ts'
import type { WantedColumn, WantedIndex, WantedReference, WantedTable } from './structure.ts'

/** One difference that is to be made, in the order of the list that it is part of. */
export type Change =
  | { readonly type: 'rename table'; readonly table: string; readonly to: string }
  | {
      readonly type: 'rename column'
      readonly table: string
      readonly column: string
      readonly to: string
    }
  | RenameIndex
  | RenameReference
  | { readonly type: 'drop table'; readonly table: string; readonly empty: boolean }
  | { readonly type: 'create table'; readonly table: WantedTable }
  | ColumnChange
  | ReferenceChange
  | IndexChange

export type ColumnChange =
  | { readonly type: 'add column'; readonly table: string; readonly column: WantedColumn }
  | { readonly type: 'drop column'; readonly table: string; readonly column: string }
  | AlterColumn

export interface AlterColumn {
  readonly type: 'alter column'
  readonly table: string
  readonly from: LiveColumn
  readonly to: AlteredColumn
  /** Whether its type becomes another one. */
  readonly retyped: boolean
}

/** What a column becomes; a column that code does not know only ever becomes nullable. */
export type AlteredColumn = Pick<WantedColumn, 'name' | 'type' | 'nullable'> &
  Partial<Pick<WantedColumn, 'kind' | 'existing'>>

export type ReferenceChange =
  | {
      readonly type: 'add reference'
      readonly table: string
      readonly column: string
      readonly reference: WantedReference
      /** Whether the table is made by the same migration, and has no rows. */
      readonly fresh: boolean
    }
  | {
      readonly type: 'drop reference'
      readonly table: string
      readonly reference: LiveReference
    }

export interface RenameReference {
  readonly type: 'rename reference'
  readonly table: string
  readonly from: LiveReference
  readonly to: WantedReference
}

export type IndexChange =
  | {
      readonly type: 'create index'
      readonly table: string
      readonly index: WantedIndex
      /** Whether the table is made by the same migration, and has no rows. */
      readonly fresh: boolean
    }
  | { readonly type: 'drop index'; readonly table: string; readonly index: LiveIndex }

export interface RenameIndex {
  readonly type: 'rename index'
  readonly table: string
  readonly index: LiveIndex
  readonly to: string
}

/** The change in words: what plans, files and errors call it. */
export function inWords(change: Change): string {
  switch (change.type) {
    case 'rename table':
      return `rename table ${change.table} to ${change.to}`
    case 'rename column':
      return `rename column ${change.table}.${change.column} to ${change.to}`
    case 'rename index':
      return `rename index of ${change.table} (${change.index.columns.join(', ')})`
    case 'rename reference':
      return `rename reference ${change.table}.${change.from.column} to ${change.to.table}`
    case 'create table':
      return `create table ${change.table.name}`
    case 'drop table':
      return `drop ${change.empty ? 'empty ' : ''}table ${change.table}`
    case 'add column':
      return `add column ${change.table}.${change.column.name}`
    case 'drop column':
      return `drop column ${change.table}.${change.column}`
    case 'alter column':
      return alterInWords(change)
    case 'add reference':
      return `add reference ${change.table}.${change.column} to ${change.reference.table} (on delete ${change.reference.onDelete})`
    case 'drop reference':
      return `drop reference ${change.table}.${change.reference.column} to ${change.reference.table}`
    case 'create index':
      return `create ${change.index.unique ? 'unique ' : ''}index on ${change.table} (${change.index.columns.join(', ')})`
    case 'drop index':
      return `drop ${change.index.unique ? 'unique key' : 'index'} of ${change.table} (${change.index.columns.join(', ')})`
  }
}

function alterInWords({ table, from, to, retyped }: AlterColumn): string {
  const parts = [
    ...(retyped ? [`from ${from.type} to ${to.type}`] : []),
    ...(from.nullable === to.nullable ? [] : [to.nullable ? 'to be nullable' : 'to be required']),
  ]
  return `change column ${table}.${to.name} ${parts.join(' and ')}`
}
