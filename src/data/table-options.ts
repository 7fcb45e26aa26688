import type { Column } from './column.ts'
import { type FilterField, isPlainObject, readFilter } from './condition.ts'
import type { PolicyOperation } from './policy.ts'
import type { TableOptions } from './table.ts'

type Columns = Readonly<Record<string, Column>>
/** Takes down one mistake; all are reported together. */
export type Note = (problem: string) => void

/** The keys of a policy. */
export const OPERATIONS: readonly ('all' | PolicyOperation)[] = [
  'all',
  'read',
  'create',
  'update',
  'delete',
]

/** What can become of a row, as a table's `audit` names it. */
export const WRITES = ['create', 'update', 'delete'] as const

/** Checks what stands beside the columns of a table. */
export function checkOptions(columns: Columns, options: TableOptions<never>, note: Note): void {
  checkKeys(
    'options',
    options,
    ['indexes', 'unique', 'policy', 'fields', 'audit', 'appendOnly'],
    note,
  )
  checkLists('indexes', options.indexes, columns, note)
  checkLists('unique', options.unique, columns, note)
  if (options.policy !== undefined) {
    checkKeys('policy', options.policy, OPERATIONS, note)
    for (const [operation, rule] of Object.entries(options.policy)) {
      checkRule(`policy.${operation}`, rule, columns, note)
    }
  }
  if (options.fields !== undefined) checkFields(columns, options.fields, note)
  checkAudit(options.audit, note)
  if (options.appendOnly !== undefined && typeof options.appendOnly !== 'boolean') {
    note(`appendOnly: expected true or false, got ${JSON.stringify(options.appendOnly)}`)
  }
}

function checkAudit(audit: unknown, note: Note): void {
  if (audit === undefined || typeof audit === 'boolean') return
  checkKeys('audit', audit, ['operations'], note)
  const operations: unknown = isPlainObject(audit) ? audit['operations'] : undefined
  const known: readonly unknown[] = WRITES
  if (Array.isArray(operations) && operations.length > 0) {
    const unknown = operations.find((name) => !known.includes(name))
    if (unknown === undefined) return
  }
  note(`audit.operations: expected some of ${WRITES.join(', ')}`)
}

function checkFields(columns: Columns, fields: object, note: Note): void {
  checkKeys('fields', fields, Object.keys(columns), note)
  for (const [name, rules] of Object.entries(fields)) {
    const place = `fields.${name}`
    checkKeys(place, rules, ['read', 'write'], note)
    if (columns[name]?.primaryKey) note(`${place}: a primary key has no rules of its own`)
    if (columns[name]?.fill === 'version') note(`${place}: a version has no rules of its own`)
    if (!isPlainObject(rules)) continue
    for (const [access, rule] of Object.entries(rules)) {
      checkRule(`${place}.${access}`, rule, columns, note)
    }
  }
  checkGenerated(columns, fields, note)
}

/** What is computed from a hidden value tells of it: whoever declares that says so. */
function checkGenerated(columns: Columns, fields: object, note: Note): void {
  const hasReadRule = (name: string): boolean => {
    const rules: unknown = Object.hasOwn(fields, name) ? Reflect.get(fields, name) : undefined
    return isPlainObject(rules) && rules['read'] !== undefined
  }
  for (const [name, { generated }] of Object.entries(columns)) {
    if (hasReadRule(name)) continue
    for (const source of generated?.from.filter(hasReadRule) ?? []) {
      note(
        `fields.${name}: needs a rule of reading, as "${source}", which it is made from, has one`,
      )
    }
  }
}

/** Notes what is no object, and keys that mean nothing. */
export function checkKeys(
  place: string,
  value: unknown,
  known: readonly string[],
  note: Note,
): void {
  if (!isPlainObject(value)) note(`${place}: expected an object`)
  for (const key of Object.keys(value ?? {})) {
    if (!known.includes(key)) note(`${place}: "${key}" is unknown; expected ${known.join(', ')}`)
  }
}

function checkLists(place: string, lists: unknown, columns: Columns, note: Note): void {
  if (lists === undefined) return
  if (!Array.isArray(lists)) {
    note(`${place}: expected an array of arrays of columns`)
    return
  }
  const spelled = new Set<string>()
  for (const list of lists as readonly unknown[]) {
    if (!Array.isArray(list) || list.length === 0) {
      note(`${place}: expected an array of columns, got ${JSON.stringify(list)}`)
      continue
    }
    const unknown = list.filter((name) => !Object.hasOwn(columns, name))
    for (const name of unknown) {
      note(`${place}: unknown column "${name}"; columns are: ${Object.keys(columns).join(', ')}`)
    }
    if (new Set(list).size < list.length) note(`${place}: [${list.join(', ')}] repeats a column`)
    if (spelled.has(list.join())) note(`${place}: [${list.join(', ')}] is listed twice`)
    spelled.add(list.join())
  }
}

/** A constant rule is checked here; a function when the database is opened and when it is asked. */
function checkRule(place: string, rule: unknown, columns: Columns, note: Note): void {
  if (typeof rule === 'boolean' || typeof rule === 'function') return
  if (!isPlainObject(rule)) {
    note(`${place}: expected a filter, a boolean or a function`)
    return
  }
  const names = Object.keys(columns).join(', ')
  try {
    const fault = (path: string, problem: string) => new Error(`${path}: ${problem}`)
    const fields = filterFields(columns)
    readFilter(rule, { scope: { field: (name) => fields.get(name) }, fault })
  } catch (error) {
    note(`${place}: ${(error as Error).message} Columns are: ${names}`)
  }
}

function filterFields(columns: Columns): Map<string, FilterField> {
  return new Map(
    Object.entries(columns).map(([name, column]) => {
      // A reference's own kind may depend on a table that is not declared yet; all of them are text.
      const kind = column.references ? 'text' : column.kind
      return [name, { column: { name, kind, nullable: column.nullable } }]
    }),
  )
}
