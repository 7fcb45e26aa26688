import { misuse } from '../kernel/index.ts'
import type { Column } from './column.ts'
import { column as columnOf } from './columns.ts'
import { type FilterField, isPlainObject, readFilter } from './condition.ts'
import { storageOf } from './storage.ts'
import type { ColumnInput, ColumnInputs, Table, TableOptions } from './table.ts'

const TABLE_NAME = /^[a-z][a-z0-9_]{0,62}$/
const COLUMN_NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/
/** The words of filters; and names that every object has, which a missing column must not find. */
const RESERVED = new Set(['and', 'or', 'not', ...Object.getOwnPropertyNames(Object.prototype)])

type Columns = Readonly<Record<string, Column>>

/**
 * Declares a table: its columns as valibot schemas or column builders, its indexes, unique keys and
 * access rules. Everything is checked here, and all mistakes are reported in one `misuse`.
 *
 * Names beginning with `plinth_` belong to Plinth's own modules.
 *
 * ```ts
 * import { id, table, timestamp } from 'plinth/data'
 * import * as v from 'valibot'
 *
 * const notes = table(
 *   'notes',
 *   {
 *     id: id(),
 *     title: v.pipe(v.string(), v.nonEmpty()),
 *     public: v.optional(v.boolean(), false),
 *     createdAt: timestamp({ default: 'now' }),
 *   },
 *   {
 *     indexes: [['createdAt']],
 *     policy: { read: { public: true }, create: (actor) => actor.roles.includes('author') },
 *   },
 * )
 * ```
 */
export function table<const Name extends string, const Inputs extends ColumnInputs>(
  name: Name,
  columns: Inputs,
  options: TableOptions<Inputs> = {},
): Table<Name, Inputs> {
  const problems: string[] = []
  const note = (problem: string) => void problems.push(problem)
  checkName(name, note)
  const resolved = resolveColumns(columns, note)
  const primaryKey = findPrimaryKey(resolved, note)
  if (isPlainObject(options)) checkOptions(resolved, options, note)
  else note('options: expected an object')
  if (problems.length > 0) throw misuse(`table("${String(name)}")`, problems.join('; '))

  const { indexes = [], unique = [], policy = {}, fields = {} } = options
  const declared = {
    name,
    columns: resolved,
    primaryKey,
    indexes: freezeLists(indexes),
    unique: freezeLists(unique),
    policy: Object.freeze({ ...policy }),
    fields: Object.freeze({ ...fields }),
    relations: Object.freeze({}),
    restrict: undefined,
  }
  // Column by column, `resolved` was made from `columns`, which is what the type says.
  return Object.freeze(declared) as unknown as Table<Name, Inputs>
}

type Note = (problem: string) => void

function checkName(name: unknown, note: Note): void {
  if (typeof name !== 'string' || !TABLE_NAME.test(name)) {
    note('a name has 1 to 63 lower-case letters, digits and _, and begins with a letter')
  } else if (/^(sqlite|pg)_/.test(name)) {
    note('names beginning with sqlite_ and pg_ belong to the databases')
  }
}

function resolveColumns(inputs: ColumnInputs, note: Note): Columns {
  const resolved: Record<string, Column> = {}
  const seen = new Map<string, string>()
  for (const [name, input] of Object.entries(inputs ?? {})) {
    const twin = seen.get(name.toLowerCase())
    if (twin) note(`columns "${twin}" and "${name}" differ only in case, which databases ignore`)
    seen.set(name.toLowerCase(), name)
    if (!COLUMN_NAME.test(name)) {
      note(`column "${name}": a name has 1 to 63 letters, digits and _, and begins with a letter`)
    } else if (RESERVED.has(name)) {
      note(`column "${name}": the name is reserved`)
    } else {
      const column = resolveColumn(input)
      if (typeof column === 'string') note(`column "${name}": ${column}`)
      else resolved[name] = column
    }
  }
  return Object.freeze(resolved)
}

function resolveColumn(input: ColumnInput | undefined): Column | string {
  if (typeof input !== 'object' || input === null || !('kind' in input)) {
    return 'expected a valibot schema or a column such as id(), ref() or timestamp()'
  }
  if (!isSchema(input)) return Object.freeze(input)
  const storage = storageOf(input)
  if (typeof storage === 'string') return `the schema ${storage}`
  return Object.freeze(columnOf(input))
}

/** Not told by `kind`: that of a reference may depend on a table that is not declared yet. */
function isSchema(input: ColumnInput): input is Exclude<ColumnInput, Column> {
  return !('references' in input)
}

function findPrimaryKey(columns: Columns, note: Note): string {
  const keys = Object.keys(columns).filter((name) => columns[name]?.primaryKey)
  if (keys.length !== 1) {
    note(`expected one primary key, such as id: id(), but found ${keys.join(', ') || 'none'}`)
  }
  return keys[0] ?? ''
}

function checkOptions(columns: Columns, options: TableOptions<never>, note: Note): void {
  checkKeys('options', options, ['indexes', 'unique', 'policy', 'fields'], note)
  checkLists('indexes', options.indexes, columns, note)
  checkLists('unique', options.unique, columns, note)
  if (options.policy === undefined) return
  checkKeys('policy', options.policy, ['all', 'read', 'create', 'update', 'delete'], note)
  for (const [operation, rule] of Object.entries(options.policy)) {
    checkRule(`policy.${operation}`, rule, columns, note)
  }
}

function checkKeys(place: string, value: unknown, known: readonly string[], note: Note): void {
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

function freezeLists(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return Object.freeze(lists.map((list) => Object.freeze([...list])))
}
