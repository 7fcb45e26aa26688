import * as v from 'valibot'
import type { Actor, Issue } from '../kernel/index.ts'
import { isPlainObject } from './condition.ts'
import { type Engine, type Subject, SYSTEM } from './context.ts'
import type { StoredValue } from './driver.ts'
import { invalidValues } from './errors.ts'
import type { Model, ModelColumn } from './model.ts'
import { Problem, toStored } from './stored.ts'

/** A new row in stored form. */
export interface NewRow {
  /** In the order of the columns. */
  readonly values: readonly StoredValue[]
  /** The references that the caller set: these must be to rows that the caller may read. */
  readonly given: readonly GivenReference[]
}

export interface GivenReference {
  readonly column: ModelColumn
  readonly id: StoredValue
}

/** The columns that a patch changes, in stored form and in the order of the columns. */
export interface StoredPatch {
  readonly changes: ReadonlyMap<string, StoredValue>
  readonly given: readonly GivenReference[]
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
  const given: GivenReference[] = []
  for (const column of model.columns) {
    const value = source[column.name]
    const filled = value === undefined ? fillFor(column, context) : undefined
    const stored = filled ?? readValue(column, absentAs(column, value), findings)
    values.push(stored)
    if (value !== undefined) note(given, column, stored)
  }
  return { values, given }
}

/** Validates a patch and adds what the server writes at every update. */
export function readPatch(context: ValuesContext, model: Model, input: unknown): StoredPatch {
  const issues: Issue[] = []
  const source = readObject(model, input, { issues, prefix: '' })
  const changes = new Map<string, StoredValue>()
  const given: GivenReference[] = []
  for (const column of model.columns) {
    const value = source[column.name]
    if (value === undefined) continue
    if (column === model.key) {
      issues.push({ path: column.name, message: 'The primary key cannot be changed.' })
      continue
    }
    const stored = readValue(column, value, { issues, prefix: '' })
    changes.set(column.name, stored)
    note(given, column, stored)
  }
  if (issues.length > 0) throw invalidValues(issues)
  if (changes.size > 0) addTimes(changes, context.engine.clock.now(), model)
  return { changes, given }
}

function addTimes(changes: Map<string, StoredValue>, now: number, model: Model): void {
  for (const { name, column } of model.columns) {
    if (column.onUpdate === 'now' && !changes.has(name)) changes.set(name, Math.trunc(now))
  }
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
  { column }: ModelColumn,
  { engine, subject }: ValuesContext,
): StoredValue | undefined {
  switch (column.fill) {
    case 'uuid':
      return engine.nextId()
    case 'now':
      return Math.trunc(engine.clock.now())
    case 'actor':
      return actorOf(subject)?.id
    default:
      return undefined
  }
}

function actorOf(subject: Subject): Actor | null {
  return subject === SYSTEM ? null : subject
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
