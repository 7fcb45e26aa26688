import * as v from 'valibot'
import type { Actor, Issue } from '../kernel/index.ts'
import { isPlainObject } from './condition.ts'
import { type Engine, type Subject, SYSTEM } from './context.ts'
import { invalidValues } from './errors.ts'
import type { Model, ModelColumn } from './model.ts'
import type { Change } from './query.ts'
import { Problem, toStored } from './stored.ts'
import type { StoredRow, StoredValue } from './value.ts'

/** A new row in stored form. */
export interface NewRow {
  /** In the order of the columns. */
  readonly values: StoredRow
  /** The columns that the caller set. */
  readonly set: readonly ModelColumn[]
  /** The references that the caller set: these must be to rows that the caller may read. */
  readonly given: readonly GivenReference[]
}

export interface GivenReference {
  readonly column: ModelColumn
  readonly id: StoredValue
}

/** What a patch changes, in stored form and in the order of the columns. */
export interface StoredPatch {
  readonly changes: ReadonlyMap<ModelColumn, Change>
  readonly set: readonly ModelColumn[]
  readonly given: readonly GivenReference[]
  /** The version that the patch was made from, where it says so. */
  readonly expected: number | undefined
  /** The columns whose values are computed from some that the patch changes. */
  readonly generated: readonly ModelColumn[]
}

export interface ValuesContext {
  readonly engine: Engine
  readonly subject: Subject
}

/**
 * Validates the values of a new row, fills in what the server supplies, and turns all into stored
 * form. Throws `invalid_values` with every issue there is.
 */
export function readInsert(context: ValuesContext, model: Model, input: unknown): NewRow {
  const issues: Issue[] = []
  const row = readRow(context, model, { input, issues, prefix: '' })
  if (issues.length > 0) throw invalidValues(issues)
  return row
}

/** `readInsert` for many rows; the issues' paths begin with the row's place. */
export function readInserts(context: ValuesContext, model: Model, inputs: unknown): NewRow[] {
  if (!Array.isArray(inputs)) throw invalidValues([{ path: '', message: 'Expected an array.' }])
  const issues: Issue[] = []
  const rows = Array.from(inputs, (input, at) =>
    readRow(context, model, { input, issues, prefix: `${at}.` }),
  )
  if (issues.length > 0) throw invalidValues(issues)
  return rows
}

function readRow(
  context: ValuesContext,
  model: Model,
  { input, ...findings }: Findings & { readonly input: unknown },
): NewRow {
  const source = readObject(model, input, findings)
  const values: StoredValue[] = []
  const set: ModelColumn[] = []
  const given: GivenReference[] = []
  for (const column of model.columns) {
    const value = source[column.name]
    if (value !== undefined && refuseComputed(column, findings)) continue
    if (value !== undefined) set.push(column)
    const filled = value === undefined ? fillFor(column, context, findings) : undefined
    // Null is a value as well: what a generated column has until it is computed.
    const stored =
      filled === undefined ? readValue(column, absentAs(column, value), findings) : filled
    values[column.position] = stored
    if (value !== undefined) note(given, column, stored)
  }
  if (findings.issues.length === 0) generate(model.generated, { model, values, findings })
  return { values, set, given }
}

/** Validates a patch and adds what the server writes at every update. */
export function readPatch(context: ValuesContext, model: Model, input: unknown): StoredPatch {
  const findings: Findings = { issues: [], prefix: '' }
  const { issues } = findings
  const source = readObject(model, input, findings)
  const changes = new Map<ModelColumn, Change>()
  const given: GivenReference[] = []
  let expected: number | undefined
  for (const column of model.columns) {
    const value = source[column.name]
    if (value === undefined) continue
    if (column === model.version) {
      expected = readVersion(column, value, issues)
      continue
    }
    if (column === model.key) {
      issues.push({ path: column.name, message: 'The primary key cannot be changed.' })
      continue
    }
    if (refuseComputed(column, findings)) continue
    const stored = readValue(column, clearedAs(column, value), findings)
    changes.set(column, stored)
    note(given, column, stored)
  }
  if (issues.length > 0) throw invalidValues(issues)
  const set = [...changes.keys()]
  if (set.length > 0) addServerValues(changes, context.engine.clock.now(), model)
  const changed = new Set(set.map(({ name }) => name))
  const generated = model.generated.filter(({ column }) =>
    column.generated?.from.some((name) => changed.has(name)),
  )
  return { changes, set, given, expected, generated }
}

/** Computes the values of generated columns into a row that has all others. */
export function generate(
  columns: readonly ModelColumn[],
  options: { model: Model; values: StoredValue[]; findings?: Findings },
): void {
  const { model, values, findings = { issues: [], prefix: '' } } = options
  for (const column of columns) {
    const { from = [], value } = column.column.generated ?? {}
    const row: Record<string, unknown> = {}
    for (const name of from) {
      const source = model.byName.get(name) as ModelColumn
      const stored = values[source.position] ?? null
      row[name] = source.decode && stored !== null ? source.decode(stored) : stored
    }
    values[column.position] = readValue(column, absentAs(column, value?.(row)), findings)
  }
  if (!options.findings && findings.issues.length > 0) throw invalidValues(findings.issues)
}

function addServerValues(changes: Map<ModelColumn, Change>, now: number, model: Model): void {
  for (const column of model.columns) {
    if (column.column.onUpdate === 'now' && !changes.has(column)) {
      changes.set(column, Math.trunc(now))
    }
  }
  if (model.version) changes.set(model.version, { add: 1 })
}

function readVersion({ name }: ModelColumn, value: unknown, issues: Issue[]): number | undefined {
  if (Number.isSafeInteger(value) && Number(value) >= 1) return Number(value)
  issues.push({ path: name, message: 'Expected the version that the row had, an integer from 1.' })
  return undefined
}

/** What the server counts or computes is not taken from anybody. */
function refuseComputed({ name, column }: ModelColumn, { issues, prefix }: Findings): boolean {
  if (column.fill !== 'version' && !column.generated) return false
  issues.push({ path: prefix + name, message: 'The value is set by the server.' })
  return true
}

interface Findings {
  readonly issues: Issue[]
  /** What the paths of the issues begin with. */
  readonly prefix: string
}

function readObject(
  model: Model,
  input: unknown,
  { issues, prefix }: Findings,
): Record<string, unknown> {
  if (!isPlainObject(input)) {
    issues.push({ path: prefix.slice(0, -1), message: 'Expected an object.' })
    return {}
  }
  for (const key of Object.keys(input)) {
    if (!model.byName.has(key)) issues.push({ path: prefix + key, message: 'Unknown key.' })
  }
  return input
}

function fillFor(
  column: ModelColumn,
  { engine, subject }: ValuesContext,
  findings: Findings,
): StoredValue | undefined {
  // Computed when all others are there.
  if (column.column.generated) return null
  switch (column.column.fill) {
    case 'uuid':
      return engine.nextId()
    case 'now':
      return Math.trunc(engine.clock.now())
    case 'version':
      return 1
    case 'actor': {
      const id = actorOf(subject)?.id
      return id === undefined ? undefined : readValue(column, id, findings)
    }
    default:
      return undefined
  }
}

function actorOf(subject: Subject): Actor | null {
  return subject === SYSTEM ? null : subject
}

/**
 * What a patch's null is to a column whose schema knows no null but can do without a value: nothing.
 * Otherwise such a column, once it had a value, could never be without one again.
 */
function clearedAs({ absent, column }: ModelColumn, value: unknown): unknown {
  const clears = value === null && absent === 'undefined' && !v.is(column.schema, null)
  return clears ? undefined : value
}

function absentAs({ absent }: ModelColumn, value: unknown): unknown {
  return value === undefined && absent === 'null' ? null : value
}

/** Puts a value through the column's schema. When it fails the result counts for nothing. */
function readValue(column: ModelColumn, value: unknown, { issues, prefix }: Findings): StoredValue {
  const path = prefix + column.name
  if (value === undefined && column.absent === undefined) {
    issues.push({ path, message: 'A value is required.' })
    return null
  }
  const result = v.safeParse(column.column.schema, value)
  if (!result.success) {
    for (const issue of result.issues) {
      const inner = v.getDotPath(issue)
      issues.push({ path: inner === null ? path : `${path}.${inner}`, message: issue.message })
    }
    return null
  }
  const output = result.output ?? null
  if (output === null) {
    if (!column.nullable) issues.push({ path, message: 'A value is required.' })
    return null
  }
  const stored = toStored(column.kind, output)
  if (!(stored instanceof Problem)) return stored
  issues.push({ path, message: stored.message })
  return null
}

function note(given: GivenReference[], column: ModelColumn, id: StoredValue): void {
  if (column.reference && id !== null) given.push({ column, id })
}
