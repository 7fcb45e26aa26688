import type { LiveIndex } from '../../../store.ts'
import type { Change } from './change.ts'
import type { TableDiff } from './diff.ts'
import {
  type Circumstances,
  judgeAdded,
  judgeAltered,
  judgeLeftover,
  judgeReference,
  replace,
  replaceable,
  type Verdict,
} from './judge-columns.ts'
import type { WantedIndex, WantedTable } from './structure.ts'

export interface Judgement {
  readonly changes: readonly Change[]
  readonly refused: readonly string[]
  /** What stays although code does not have it. */
  readonly notes: readonly string[]
}

/** Decides which differences of a table are made, and which would lose something. */
export async function judge(diff: TableDiff, given: Circumstances): Promise<Judgement> {
  const verdict: Verdict = { changes: [], refused: [], notes: [] }
  for (const column of diff.added) judgeAdded(diff, column, verdict)
  for (const column of diff.leftover) await judgeLeftover(diff, column, given, verdict)
  const replaced = new Set(replaceable(diff, given))
  for (const column of replaced) replace(diff, column, verdict)
  for (const column of diff.altered) {
    if (!replaced.has(column.wanted)) await judgeAltered(diff, column, given, verdict)
  }
  for (const reference of diff.references) {
    if (!replaced.has(reference.column)) judgeReference(diff, reference, given, verdict)
  }
  if (verdict.refused.length > 0 && !(await given.facts.hasRows(diff.live.name))) {
    return { changes: remade(diff.wanted), refused: [], notes: [] }
  }
  for (const index of diff.missingIndexes) await judgeIndex(diff, index, given, verdict)
  const table = diff.wanted.name
  for (const index of diff.oldIndexes) {
    if (!servesLeftover(diff, index, verdict)) {
      verdict.changes.push({ type: 'drop index', table, index })
    }
  }
  for (const renamed of diff.misnamed) {
    verdict.changes.push({ type: 'rename index', table, ...renamed })
  }
  for (const renamed of diff.misnamedReferences) {
    verdict.changes.push({ type: 'rename reference', table, ...renamed })
  }
  return verdict
}

function remade(wanted: WantedTable): Change[] {
  return [{ type: 'drop table', table: wanted.name, empty: true }, ...created(wanted)]
}

/** Whether an index is behind the reference of a column that stays although code does not have it. */
function servesLeftover(
  { leftover, live }: TableDiff,
  { columns: [first] }: LiveIndex,
  { changes }: Verdict,
): boolean {
  return (
    leftover.some(({ name }) => name === first) &&
    live.references.some(({ column }) => column === first) &&
    !changes.some((change) => change.type === 'drop column' && change.column === first)
  )
}

/** All that makes a table which is not there. */
export function created(table: WantedTable): Change[] {
  return [
    { type: 'create table', table },
    ...table.indexes.map(
      (index): Change => ({ type: 'create index', table: table.name, index, fresh: true }),
    ),
    ...table.columns.flatMap(({ name, reference }): Change[] =>
      reference
        ? [{ type: 'add reference', table: table.name, column: name, reference, fresh: true }]
        : [],
    ),
  ]
}

async function judgeIndex(
  { wanted, live, altered }: TableDiff,
  index: WantedIndex,
  { facts }: Circumstances,
  { changes, refused }: Verdict,
): Promise<void> {
  const table = wanted.name
  // What becomes of values that are converted turns out when they are.
  const known = index.columns.every(
    (name) =>
      live.columns.some((other) => other.name === name) &&
      !altered.some((other) => other.type && other.wanted.name === name),
  )
  if (index.unique && known && (await facts.shareValues(table, index.columns))) {
    refused.push(`${table}: rows share values of (${index.columns.join(', ')})`)
    return
  }
  changes.push({ type: 'create index', table, index, fresh: false })
}
