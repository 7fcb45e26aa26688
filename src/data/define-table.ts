import { misuse } from '../kernel/index.ts'
import type { Column } from './column.ts'
import { column as columnOf } from './columns.ts'
import { checkComputed } from './computed-columns.ts'
import { isPlainObject } from './condition.ts'
import { COLUMN_NAME, RESERVED, TABLE_NAME } from './names.ts'
import type { FieldRule } from './policy.ts'
import { storageOf } from './storage.ts'
import type {
  ColumnInput,
  ColumnInputs,
  HiddenBy,
  RowOf,
  Table,
  TableOptions,
  Written,
} from './table.ts'
import { checkOptions, type Note, WRITES } from './table-options.ts'

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
export function table<
  const Name extends string,
  const Inputs extends ColumnInputs,
  const Fields extends { readonly [K in keyof Inputs]?: FieldRule<RowOf<Inputs>> } = Record<
    never,
    never
  >,
>(
  name: Name,
  columns: Inputs,
  options: TableOptions<Inputs, Fields> = {},
): Table<Name, Inputs, HiddenBy<Fields>> {
  const problems: string[] = []
  const note: Note = (problem) => void problems.push(problem)
  checkName(name, note)
  const resolved = resolveColumns(columns, note)
  const primaryKey = findPrimaryKey(resolved, note)
  checkComputed(resolved, note)
  if (isPlainObject(options)) checkOptions(resolved, options, note)
  else note('options: expected an object')
  if (problems.length > 0) throw misuse(`table("${String(name)}")`, problems.join('; '))

  const { indexes = [], unique = [], policy = {}, fields = {}, audit = false } = options
  const declared = {
    name,
    columns: resolved,
    primaryKey,
    indexes: freezeLists(indexes),
    unique: freezeLists(unique),
    policy: Object.freeze({ ...policy }),
    fields: Object.freeze({ ...fields }),
    audit: Object.freeze(operationsOf(audit)),
    appendOnly: options.appendOnly ?? false,
    relations: Object.freeze({}),
    restrict: undefined,
  }
  // Column by column, `resolved` was made from `columns`, which is what the type says.
  return Object.freeze(declared) as unknown as Table<Name, Inputs, HiddenBy<Fields>>
}

function operationsOf(audit: NonNullable<TableOptions<never>['audit']>): readonly Written[] {
  if (typeof audit === 'boolean') return audit ? [...WRITES] : []
  return WRITES.filter((name) => audit.operations.includes(name))
}

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

function freezeLists(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return Object.freeze(lists.map((list) => Object.freeze([...list])))
}
