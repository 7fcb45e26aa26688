import { isUuid } from '../kernel/index.ts'
import type { ColumnKind } from './column.ts'
import { isStorableText, Problem, toStored } from './stored.ts'
import type { StoredValue } from './value.ts'

const OPERATORS = [
  'eq',
  'ne',
  'in',
  'gt',
  'gte',
  'lt',
  'lte',
  'startsWith',
  'endsWith',
  'contains',
] as const

export type Operator = (typeof OPERATORS)[number]

/** What an operator is compared with: a list for `in`, one value otherwise. */
export type Operand = StoredValue | readonly StoredValue[]

const KNOWN: ReadonlySet<string> = new Set(OPERATORS)
const ON_PARTS: ReadonlySet<Operator> = new Set(['startsWith', 'endsWith', 'contains'])

export function isOperator(text: string): text is Operator {
  return KNOWN.has(text)
}

/** Turns the value that a column is compared with into its stored form, or says what is wrong. */
export function toOperand(kind: ColumnKind, operator: Operator, value: unknown): Operand | Problem {
  if (value === undefined) return UNDEFINED
  if (operator === 'eq' || operator === 'ne') {
    return value === null ? null : toScalar(kind, value)
  }
  if (value === null) return NULL
  if (operator === 'in') return toList(value, (item) => toScalar(kind, item))
  if (ON_PARTS.has(operator)) return kind === 'text' ? toText(value) : NOT_TEXT
  if (kind === 'uuid' && !isUuid(value)) return NOT_UUID
  return toScalar(kind, value)
}

/** The same for a value inside a JSON column, which is compared as what it is compared with. */
export function toJsonOperand(operator: Operator, value: unknown): Operand | Problem {
  if (operator !== 'in') return ON_PARTS.has(operator) ? toText(value) : toJsonScalar(value)
  const kinds = new Set(Array.isArray(value) ? value.map((item) => typeof item) : [])
  return kinds.size > 1 ? MIXED : toList(value, toJsonScalar)
}

/** What a scalar inside a JSON column is compared as. */
export type JsonScalar = 'text' | 'real' | 'boolean'

/** As what the values at a path are compared with this one, or with each of this list. */
export function jsonScalarOf(value: unknown): JsonScalar {
  const sample: unknown = Array.isArray(value) ? value[0] : value
  if (typeof sample === 'number') return 'real'
  return typeof sample === 'boolean' ? 'boolean' : 'text'
}

const UNDEFINED = new Problem('Expected a value, got undefined.')
const NULL = new Problem('Null has no order and no parts; compare it with eq or ne.')
const NOT_COMPARABLE = new Problem('JSON and bytes can only be compared with null.')
const NOT_LIST = new Problem('Expected an array.')
const NOT_TEXT = new Problem('Only text is compared by its parts, with a string.')
const NOT_UUID = new Problem('Expected a UUID.')
const NOT_SCALAR = new Problem('What is in JSON is compared with a string, a number or a boolean.')
const MIXED = new Problem('Expected values of one type.')

function toScalar(kind: ColumnKind, value: unknown): StoredValue | Problem {
  if (kind === 'json' || kind === 'bytes') return NOT_COMPARABLE
  return toStored(kind, value)
}

function toJsonScalar(value: unknown): StoredValue | Problem {
  if (typeof value === 'string') return toText(value)
  if (typeof value === 'number') return toStored('real', value)
  return typeof value === 'boolean' ? toStored('boolean', value) : NOT_SCALAR
}

function toList(
  value: unknown,
  toItem: (item: unknown) => StoredValue | Problem,
): Operand | Problem {
  if (!Array.isArray(value)) return NOT_LIST
  const list: StoredValue[] = []
  for (const item of value) {
    const stored = toItem(item)
    if (stored instanceof Problem) return stored
    list.push(stored)
  }
  return list
}

function toText(value: unknown): string | Problem {
  if (typeof value !== 'string') return NOT_TEXT
  return isStorableText(value)
    ? value
    : new Problem('Expected text without NUL and lone surrogates.')
}
