import type { ColumnKind } from './column.ts'
import type { StoredValue } from './driver.ts'
import { isStorableText, Problem, toStored } from './stored.ts'

export type Operator = 'eq' | 'ne' | 'in' | 'gt' | 'gte' | 'lt' | 'lte' | 'startsWith' | 'contains'

/** What an operator is compared with: a list for `in`, one value otherwise. */
export type Operand = StoredValue | readonly StoredValue[]

const OPERATORS: ReadonlySet<string> = new Set([
  'eq',
  'ne',
  'in',
  'gt',
  'gte',
  'lt',
  'lte',
  'startsWith',
  'contains',
] satisfies Operator[])

export function isOperator(text: string): text is Operator {
  return OPERATORS.has(text)
}

/** Turns the value that a column is compared with into its stored form, or says what is wrong. */
export function toOperand(kind: ColumnKind, operator: Operator, value: unknown): Operand | Problem {
  if (value === undefined) return UNDEFINED
  if (operator === 'eq' || operator === 'ne') {
    return value === null ? null : toScalar(kind, value)
  }
  if (value === null) return NULL
  if (operator === 'in') return toList(kind, value)
  if (operator === 'startsWith' || operator === 'contains') return toTextPart(kind, value)
  return toScalar(kind, value)
}

const UNDEFINED = new Problem('Expected a value, got undefined.')
const NULL = new Problem('Null has no order and no parts; compare it with eq or ne.')
const NOT_COMPARABLE = new Problem('JSON and bytes can only be compared with null.')
const NOT_LIST = new Problem('Expected an array.')
const NOT_TEXT = new Problem('Only text is compared by its parts, with a string.')

function toScalar(kind: ColumnKind, value: unknown): StoredValue | Problem {
  if (kind === 'json' || kind === 'bytes') return NOT_COMPARABLE
  return toStored(kind, value)
}

function toList(kind: ColumnKind, value: unknown): Operand | Problem {
  if (!Array.isArray(value)) return NOT_LIST
  const list: StoredValue[] = []
  for (const item of value) {
    const stored = toScalar(kind, item)
    if (stored instanceof Problem) return stored
    list.push(stored)
  }
  return list
}

function toTextPart(kind: ColumnKind, value: unknown): string | Problem {
  if ((kind !== 'text' && kind !== 'uuid') || typeof value !== 'string') return NOT_TEXT
  return isStorableText(value)
    ? value
    : new Problem('Expected text without NUL and lone surrogates.')
}
