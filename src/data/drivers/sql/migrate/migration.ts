import type { OnDelete } from '../../../column.ts'
import type { MigrationPlan, MigrationStep } from '../../../migration-plan.ts'
import type { Model, ModelColumn, Models } from '../../../model.ts'
import type { LiveTable } from '../../../store.ts'
import type { StoredRow } from '../../../value.ts'
import type { Dialect } from '../dialect.ts'
import { existingRowsValue } from './existing-rows.ts'
import {
  addColumn,
  createIndex,
  createTable,
  dropTable,
  dropUnique,
  indexesOf,
  isUniqueKey,
  type WantedIndex,
} from './schema-sql.ts'

/** What comparing the tables in code with those in the database needs. */
export interface MigrationContext {
  readonly models: Models
  readonly dialect: Dialect
  /** What `timestamp({ default: 'now' })` means for rows that are there already. */
  readonly now: number
  readonly live: readonly LiveTable[]
  ask(sql: string): Promise<readonly StoredRow[]>
}

interface Findings {
  readonly steps: MigrationStep[]
  readonly refused: string[]
}

/** Compares every table and collects what to do, and what cannot be done without losing data. */
export async function planMigration(context: MigrationContext): Promise<MigrationPlan> {
  const found: Findings = { steps: [], refused: [] }
  for (const model of context.models.values()) {
    const live = context.live.find(({ name }) => name === model.name)
    if (live) await compareTable(context, { model, live, found })
    else createWhole(context, model, found)
  }
  return found
}

interface Comparison {
  readonly model: Model
  readonly live: LiveTable
  readonly found: Findings
}

function createWhole(
  { models, dialect }: MigrationContext,
  model: Model,
  { steps }: Findings,
): void {
  steps.push(createTable(model, models, dialect))
  for (const index of indexesOf(model)) steps.push(createIndex(model, index, dialect))
}

async function compareTable(context: MigrationContext, comparison: Comparison): Promise<void> {
  const { model, live, found } = comparison
  const changes: Findings = { steps: [], refused: [] }
  for (const column of model.columns)
    compareColumn(context, { ...comparison, found: changes }, column)
  await compareDropped(context, { ...comparison, found: changes })
  if (changes.refused.length > 0 && !(await hasRows(context, model))) {
    found.steps.push(dropTable(model, context.dialect))
    return createWhole(context, model, found)
  }
  found.steps.push(...changes.steps)
  found.refused.push(...changes.refused)
  const wanted = indexesOf(model)
  for (const index of wanted) {
    if (!live.indexes.some((other) => isSameIndex(index, other))) {
      await addIndex(context, comparison, index)
    }
  }
  for (const index of live.indexes) {
    if (isUniqueKey(model, index) && !wanted.some((other) => isSameIndex(other, index))) {
      found.steps.push(dropUnique(model, index, context.dialect))
    }
  }
}

function compareColumn(
  { models, dialect, now }: MigrationContext,
  { model, live, found }: Comparison,
  column: ModelColumn,
): void {
  const refuse = (reason: string) => found.refused.push(`${model.name}.${column.name}: ${reason}`)
  const actual = live.columns.find(({ name }) => name === column.name)
  if (!actual) {
    const value = existingRowsValue(column, now)
    if (value !== undefined) found.steps.push(addColumn(model, column, { models, dialect, value }))
    else refuse('the new column is required and has no default for the rows that are there')
    return
  }
  const type = dialect.types[column.kind]
  if (actual.type.toUpperCase() !== type.toUpperCase()) {
    refuse(`its type would change from ${actual.type} to ${type}`)
  }
  if (actual.primaryKey !== column.column.primaryKey) refuse('the primary key would change')
  compareReference(live, column, refuse)
  if (actual.nullable !== column.nullable) {
    refuse(column.nullable ? 'it would become nullable' : 'it would no longer be nullable')
  }
}

/** A reference cannot be altered in place, and rows may not keep to the new one. */
function compareReference(
  live: LiveTable,
  { name, reference }: ModelColumn,
  refuse: (reason: string) => void,
): void {
  const wanted = reference && { table: reference.table.name, onDelete: reference.onDelete }
  const actual = live.references.find(({ column }) => column === name)
  if (wanted?.table === actual?.table && wanted?.onDelete === actual?.onDelete) return
  refuse(`its reference would change from ${describe(actual)} to ${describe(wanted)}`)
}

function describe(reference: { table: string; onDelete: OnDelete } | undefined): string {
  return reference ? `${reference.table} (on delete ${reference.onDelete})` : 'none'
}

/** A column that is not in code any more may stay while it is empty. */
async function compareDropped(
  context: MigrationContext,
  { model, live, found }: Comparison,
): Promise<void> {
  for (const { name } of live.columns) {
    if (model.byName.has(name)) continue
    const sql = context.dialect.quote(name)
    const rows = await context.ask(
      `SELECT 1 FROM ${context.dialect.quote(model.name)} WHERE ${sql} IS NOT NULL LIMIT 1`,
    )
    if (rows.length > 0) {
      found.refused.push(`${model.name}.${name}: it holds data and is not in code any more`)
    }
  }
}

async function addIndex(
  context: MigrationContext,
  { model, found, live }: Comparison,
  index: WantedIndex,
): Promise<void> {
  const existing = index.columns.every((name) => live.columns.some((other) => other.name === name))
  if (index.unique && existing && (await hasTwins(context, model, index))) {
    found.refused.push(`${model.name}: rows share values of (${index.columns.join(', ')})`)
    return
  }
  found.steps.push(createIndex(model, index, context.dialect))
}

async function hasRows({ ask, dialect }: MigrationContext, { name }: Model): Promise<boolean> {
  return (await ask(`SELECT 1 FROM ${dialect.quote(name)} LIMIT 1`)).length > 0
}

async function hasTwins(
  { ask, dialect }: MigrationContext,
  model: Model,
  { columns }: WantedIndex,
): Promise<boolean> {
  const names = columns.map((name) => dialect.quote(name))
  const present = names.map((name) => `${name} IS NOT NULL`).join(' AND ')
  const rows = await ask(
    `SELECT 1 FROM ${dialect.quote(model.name)} WHERE ${present} GROUP BY ${names.join(', ')} HAVING count(*) > 1 LIMIT 1`,
  )
  return rows.length > 0
}

function isSameIndex(wanted: WantedIndex, live: LiveTable['indexes'][number]): boolean {
  return live.unique === wanted.unique && live.columns.join() === wanted.columns.join()
}
