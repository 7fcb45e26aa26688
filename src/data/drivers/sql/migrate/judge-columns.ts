import type { LiveColumn } from '../../../store.ts'
import type { Change } from './change.ts'
import { type ColumnDiff, isSameIndex, type ReferenceDiff, type TableDiff } from './diff.ts'
import type { Facts } from './facts.ts'
import type { Permissions } from './permissions.ts'
import type { WantedColumn } from './structure.ts'

export interface Circumstances {
  readonly facts: Facts
  readonly permissions: Permissions
  /**
   * Whether a table without rows is made anew where it could not be altered, and a column without
   * data left alone: not when others run what is planned here, on rows that are not at hand.
   */
  readonly byRows: boolean
  /** Whether the database can turn values of one type into another without changing what they say. */
  converts(from: string, to: string): boolean
  /** Whether all values of one type are values of the other. */
  widens(from: string, to: string): boolean
}

/** What is collected while a table is judged. */
export interface Verdict {
  readonly changes: Change[]
  readonly refused: string[]
  readonly notes: string[]
}

export function judgeAdded({ wanted }: TableDiff, column: WantedColumn, verdict: Verdict): void {
  if (column.existing === undefined) {
    verdict.refused.push(
      `${wanted.name}.${column.name}: the new column is required and has no constant default for the rows ` +
        'that are there; give it one, or make it nullable',
    )
    return
  }
  add(wanted.name, column, verdict)
}

function add(table: string, column: WantedColumn, { changes }: Verdict): void {
  changes.push({ type: 'add column', table, column })
  const { name, reference } = column
  if (reference) {
    changes.push({ type: 'add reference', table, column: name, reference, fresh: false })
  }
}

export async function judgeLeftover(
  diff: TableDiff,
  column: LiveColumn,
  { facts, permissions, byRows }: Circumstances,
  verdict: Verdict,
): Promise<void> {
  const table = diff.wanted.name
  const place = `${table}.${column.name}`
  const dropIt = `drop:${place} drops it`
  if (column.primaryKey) {
    verdict.refused.push(`${place}: the primary key would change`)
  } else if (permissions.drops(table, column.name)) {
    drop(diff, column.name, verdict)
  } else if (byRows) {
    const held = !column.nullable || (await facts.holdsData(table, column.name))
    if (held) verdict.refused.push(`${place}: it holds data and is not in code any more; ${dropIt}`)
  } else if (column.nullable) {
    verdict.notes.push(`${place} is not in code any more and stays; ${dropIt}`)
  } else if (permissions.alters(table, column.name)) {
    const to = { name: column.name, type: column.type, nullable: true }
    verdict.changes.push({ type: 'alter column', table, from: column, to, retyped: false })
  } else {
    verdict.refused.push(
      `${place}: it is required and not in code any more; ${dropIt}, ` +
        `alter:${place} lets it stay and be null`,
    )
  }
}

function drop({ wanted, live }: TableDiff, column: string, { changes }: Verdict): void {
  for (const reference of live.references) {
    if (reference.column !== column) continue
    changes.push({ type: 'drop reference', table: wanted.name, reference })
  }
  changes.push({ type: 'drop column', table: wanted.name, column })
}

export async function judgeAltered(
  diff: TableDiff,
  { wanted, live, type, nullable, primaryKey }: ColumnDiff,
  { facts, permissions, converts, widens }: Circumstances,
  verdict: Verdict,
): Promise<void> {
  const table = diff.wanted.name
  const place = `${table}.${wanted.name}`
  const refuse = (reason: string) => verdict.refused.push(`${place}: ${reason}`)
  if (primaryKey || (type && wanted.primaryKey)) {
    refuse(primaryKey ? 'the primary key would change' : typeWords(live, wanted))
    return
  }
  const allowed = permissions.alters(table, wanted.name)
  const before = verdict.refused.length
  const narrows = type && !widens(live.type, wanted.type)
  if (narrows && !converts(live.type, wanted.type)) {
    const made = `; drop:${place} drops its values and makes it anew`
    refuse(typeWords(live, wanted) + (wanted.existing === undefined ? '' : made))
  } else if (narrows && !allowed) {
    refuse(`${typeWords(live, wanted)}; alter:${place} converts the values`)
  }
  if (nullable && !wanted.nullable) {
    const missing = wanted.existing === undefined && (await facts.holdsNull(table, wanted.name))
    if (missing) refuse('it would no longer be nullable, and rows hold null')
    else if (!allowed) refuse(`it would no longer be nullable; alter:${place} makes it required`)
  }
  if (verdict.refused.length > before) return
  verdict.changes.push({ type: 'alter column', table, from: live, to: wanted, retyped: type })
}

/** The columns that may lose their values, and be made anew in another way. */
export function replaceable(
  { wanted: table, altered, references }: TableDiff,
  { permissions }: Circumstances,
): WantedColumn[] {
  const other = [
    ...altered.filter(({ type }) => type).map(({ wanted }) => wanted),
    ...references.map(({ column }) => column),
  ]
  return other.filter(
    ({ name, primaryKey, existing }) =>
      !primaryKey && existing !== undefined && permissions.drops(table.name, name),
  )
}

/** The indexes of a column go with it. */
export function replace(diff: TableDiff, column: WantedColumn, verdict: Verdict): void {
  const table = diff.wanted.name
  for (const index of diff.wanted.indexes) {
    const live = diff.live.indexes.find((other) => isSameIndex(index, other))
    if (!live || !index.columns.includes(column.name)) continue
    verdict.changes.push({ type: 'drop index', table, index: live })
    verdict.changes.push({ type: 'create index', table, index, fresh: false })
  }
  drop(diff, column.name, verdict)
  add(table, column, verdict)
}

function typeWords(live: LiveColumn, wanted: WantedColumn): string {
  return `its type would change from ${live.type} to ${wanted.type}`
}

/** Rows may not keep to another reference, and without one nothing keeps them. */
export function judgeReference(
  diff: TableDiff,
  { column, wanted, live }: ReferenceDiff,
  { permissions }: Circumstances,
  verdict: Verdict,
): void {
  const table = diff.wanted.name
  const place = `${table}.${column.name}`
  if (!permissions.alters(table, column.name)) {
    verdict.refused.push(
      `${place}: its reference would change from ${describe(live)} to ${describe(wanted)}; ` +
        `alter:${place} changes it`,
    )
    return
  }
  if (live) verdict.changes.push({ type: 'drop reference', table, reference: live })
  if (wanted) {
    const { name } = column
    verdict.changes.push({
      type: 'add reference',
      table,
      column: name,
      reference: wanted,
      fresh: false,
    })
  }
}

function describe(reference: { table: string; onDelete: string } | undefined): string {
  return reference ? `${reference.table} (on delete ${reference.onDelete})` : 'none'
}
