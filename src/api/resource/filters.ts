import * as v from 'valibot'
import type { AnyTable, ColumnKind, Row } from '../../data/index.ts'
import { misuse } from '../../kernel/index.ts'
import { describe } from '../wire/described.ts'
import { type WireKind, wireKinds } from '../wire/kinds.ts'

const EQUALITY = ['eq', 'ne', 'in'] as const
const RANGE = ['gt', 'gte', 'lt', 'lte'] as const
const PARTS = ['startsWith', 'contains'] as const

/** A comparison as the query spells it. `is` tells null from everything else. */
export type FilterOperator =
  | (typeof EQUALITY)[number]
  | (typeof RANGE)[number]
  | (typeof PARTS)[number]
  | 'is'

type Name<T extends AnyTable> = keyof Row<T> & string
/** A column with all of its comparisons, such as `status`, or with one, such as `createdAt.gte`. */
export type FilterName<T extends AnyTable> = Name<T> | `${Name<T>}.${FilterOperator}`

/** One key of the query and the comparison that it stands for. */
export interface FilterKey {
  readonly key: string
  readonly column: string
  readonly operator: FilterOperator
  readonly schema: v.GenericSchema
}

const MAX_MEMBERS = 100

const operatorsOf: Readonly<Record<ColumnKind, readonly FilterOperator[]>> = {
  uuid: EQUALITY,
  text: [...EQUALITY, ...PARTS],
  integer: [...EQUALITY, ...RANGE],
  bigint: [...EQUALITY, ...RANGE],
  real: [...EQUALITY, ...RANGE],
  boolean: ['eq', 'ne'],
  timestamp: [...EQUALITY, ...RANGE],
  json: [],
  bytes: [],
}

/**
 * Lists the keys that a list's query may hold: `column=value` for equality, `column.operator=value`
 * for the rest, and `column.is=null` or `column.is=set` where a column can be null. For a column whose
 * name is one of the query's own words, equality is spelled `order.eq`.
 */
export function filterKeys<T extends AnyTable>(
  table: T,
  options: {
    shown: readonly string[]
    allowed: readonly FilterName<T>[] | undefined
    reserved: ReadonlySet<string>
  },
): FilterKey[] {
  const { shown, allowed, reserved } = options
  const explicit = allowed !== undefined
  return (allowed ?? shown).flatMap((name) => {
    const [column = '', operator] = name.split('.')
    const { kind, nullable } = columnOf(table, column)
    const all: readonly FilterOperator[] = nullable
      ? [...operatorsOf[kind], 'is']
      : operatorsOf[kind]
    const chosen = all.filter((each) => operator === undefined || each === operator)
    if (chosen.length === 0 && explicit) {
      throw misuse(
        `resource(${table.name}).list.filter`,
        `"${name}" cannot be compared so; ${column} has: ${all.join(', ') || 'no comparison'}`,
      )
    }
    return chosen.map((each) => {
      const bare = each === 'eq' && !reserved.has(column)
      return {
        key: bare ? column : `${column}.${each}`,
        column,
        operator: each,
        schema: schemaOf(each, wireKinds[kind]),
      }
    })
  })
}

/** The column of this name; `misuse` when there is none. */
export function columnOf(
  table: AnyTable,
  name: string,
  place: string = `resource(${table.name}).list`,
): AnyTable['columns'][string] {
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined
  if (column) return column
  throw misuse(
    place,
    `unknown column "${name}"; columns are: ${Object.keys(table.columns).join(', ')}`,
  )
}

function schemaOf(operator: FilterOperator, kind: WireKind): v.GenericSchema {
  if (operator === 'is') return v.picklist(['null', 'set'])
  if (operator !== 'in') return textOf(kind)
  return v.pipe(v.array(textOf(kind)), v.maxLength(MAX_MEMBERS))
}

/** A value as text, read by the kind of its column. */
function textOf({ fromText, expected, schema }: WireKind): v.GenericSchema {
  const text = v.pipe(
    v.string(),
    v.rawTransform<string, unknown>(({ dataset, addIssue, NEVER }) => {
      const value = fromText?.(dataset.value)
      if (value !== undefined) return value
      addIssue({ message: `Expected ${expected}.` })
      return NEVER
    }),
  )
  return describe(text, { schema: () => schema })
}
