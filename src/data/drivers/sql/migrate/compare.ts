import { misuse } from '../../../../kernel/index.ts'
import type { LiveTable } from '../../../store.ts'
import type { Change } from './change.ts'
import { diffTable, type IsSameType } from './diff.ts'
import type { Facts } from './facts.ts'
import { created, type Judgement, judge } from './judge.ts'
import type { Circumstances } from './judge-columns.ts'
import { inOrder } from './order.ts'
import { Permissions } from './permissions.ts'
import { followRenames, type Renamed } from './renames.ts'
import type { WantedTable } from './structure.ts'

export interface Comparison
  extends Pick<Circumstances, 'facts' | 'byRows' | 'converts' | 'widens'> {
  readonly wanted: readonly WantedTable[]
  /** The tables of the database that are in code, to be renamed or to be dropped. */
  readonly live: readonly LiveTable[]
  readonly isSameType: IsSameType
  /** References are part of CREATE TABLE and ADD COLUMN, and need not be there to be referred to. */
  readonly inlineReferences: boolean
  readonly allow?: readonly string[] | undefined
  readonly rename?: Readonly<Record<string, string>> | undefined
}

export interface Compared extends Judgement {
  readonly renamed: Renamed
}

/** Finds what turns the live tables into the wanted ones, in an order that works. */
export async function compare(comparison: Comparison): Promise<Compared> {
  const { wanted, allow = [], rename = {} } = comparison
  const permissions = new Permissions(allow)
  const renamed = followRenames(rename, wanted, comparison.live)
  const facts = factsBefore(renamed, comparison.facts)
  const given: Circumstances = { ...comparison, facts, permissions }
  const judgements = [dropTables(wanted, renamed.live, permissions)]
  for (const table of wanted) {
    const live = renamed.live.find(({ name }) => name === table.name)
    judgements.push(
      live ? await judge(diffTable(table, live, comparison.isSameType), given) : wholly(table),
    )
  }
  const found = [...renamed.changes, ...judgements.flatMap((judgement) => judgement.changes)]
  const changes = comparison.inlineReferences
    ? found.filter((change) => !isInline(change, found))
    : withReferencesKept(wanted, renamed.live, found)
  return {
    changes: inOrder(changes),
    refused: judgements.flatMap(({ refused }) => refused),
    notes: judgements.flatMap(({ notes }) => notes),
    renamed,
  }
}

function isInline(change: Change, all: readonly Change[]): boolean {
  if (change.type !== 'add reference') return false
  const { table, column } = change
  return all.some(
    (other) =>
      (other.type === 'create table' && other.table.name === table) ||
      (other.type === 'add column' && other.table === table && other.column.name === column),
  )
}

function wholly(table: WantedTable): Judgement {
  return { changes: created(table), refused: [], notes: [] }
}

function dropTables(
  wanted: readonly WantedTable[],
  live: readonly LiveTable[],
  permissions: Permissions,
): Judgement {
  const changes = permissions.tables.flatMap((table): Change[] => {
    if (wanted.some(({ name }) => name === table)) {
      throw misuse(`allow drop:${table}`, 'the table is still in code')
    }
    const present = live.some(({ name }) => name === table)
    return present ? [{ type: 'drop table', table, empty: false }] : []
  })
  return { changes, refused: [], notes: [] }
}

/** What is asked of the rows before anything is renamed. */
function factsBefore({ before }: Renamed, facts: Facts): Facts {
  return {
    hasRows: (table) => facts.hasRows(before(table)),
    holdsData: (table, column) => facts.holdsData(before(table), before(table, column)),
    holdsNull: (table, column) => facts.holdsNull(before(table), before(table, column)),
    shareValues: (table, columns) =>
      facts.shareValues(
        before(table),
        columns.map((column) => before(table, column)),
      ),
  }
}

/** A table can only be dropped when nothing refers to it: references of others are made again after. */
function withReferencesKept(
  wanted: readonly WantedTable[],
  live: readonly LiveTable[],
  changes: readonly Change[],
): Change[] {
  const dropped = new Set(
    changes.flatMap((change) => (change.type === 'drop table' ? [change.table] : [])),
  )
  const made = new Set(
    changes.flatMap((change) => (change.type === 'create table' ? [change.table.name] : [])),
  )
  const has = (type: Change['type'], table: string, column: string): boolean =>
    changes.some(
      (change) =>
        change.type === type &&
        'reference' in change &&
        change.table === table &&
        ('column' in change ? change.column : change.reference.column) === column,
    )
  const kept = live.flatMap(({ name: table, references }) => {
    if (dropped.has(table)) return []
    return references.flatMap((reference): Change[] => {
      const { column } = reference
      if (!dropped.has(reference.table) || has('drop reference', table, column)) return []
      const own = wanted.find(({ name }) => name === table)
      const again = own?.columns.find(({ name }) => name === column)?.reference
      if (!again || !made.has(again.table)) return []
      return [
        { type: 'drop reference', table, reference },
        { type: 'add reference', table, column, reference: again, fresh: false },
      ]
    })
  })
  return [...changes, ...kept]
}
