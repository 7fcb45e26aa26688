import type * as v from 'valibot'
import type { ColumnKind } from './column.ts'

/** How the values of a schema are stored. */
export interface Storage {
  readonly kind: ColumnKind
  readonly nullable: boolean
  /** What the schema is given for an absent value; undefined when a value is required. */
  readonly absent: 'undefined' | 'null' | undefined
}

/** The parts of valibot's schemas that are read here: all carry `type`, some the others. */
interface SchemaParts {
  readonly type: string
  readonly async: boolean
  readonly pipe?: readonly PipeItem[]
  readonly wrapped?: SchemaParts
  readonly default?: unknown
  readonly options?: readonly unknown[]
  readonly literal?: unknown
  readonly class?: unknown
}

interface PipeItem extends SchemaParts {
  readonly kind: 'schema' | 'validation' | 'transformation' | 'metadata'
}

type Stored = Omit<Storage, 'absent'>

const SUPPORTED =
  'string, number, bigint, boolean, date, picklist, enum, literal, instance(Uint8Array), and ' +
  'object, array, tuple, record, union, unknown as JSON'

/**
 * Derives the storage of a schema's output, or says in a sentence why there is none.
 *
 * A number is an integer column when its pipe says `integer()` or `safeInteger()`. Optional and
 * nullable schemas without a default are nullable columns. A `kind` given takes the place of what the
 * schema does not tell.
 */
export function storageOf(schema: v.GenericSchema, kind?: ColumnKind): Storage | string {
  // Every valibot schema has these parts; which of them depends on its type.
  const parts = schema as unknown as SchemaParts
  if (parts.async) return 'is an asynchronous schema; columns are validated synchronously'
  const stored = outputOf(parts, kind)
  if (typeof stored === 'string') return stored
  return { kind: kind ?? stored.kind, nullable: stored.nullable, absent: absentOf(parts) }
}

function outputOf(schema: SchemaParts, kind?: ColumnKind): Stored | string {
  if (schema.wrapped && !schema.pipe) return wrappedOutput(schema, schema.wrapped, kind)
  const output = schema.pipe ? pipedOutput(schema.pipe) : plainOutput(schema)
  return kind && typeof output === 'string' ? { kind, nullable: false } : output
}

function plainOutput(schema: SchemaParts): Stored | string {
  const { type, options = [] } = schema
  if (type === 'union') return unionOutput(options as readonly SchemaParts[])
  if (type === 'picklist' || type === 'enum') return literalOutput(options)
  if (type === 'literal') return literalOutput([schema.literal])
  if (type === 'instance') return instanceOutput(schema.class)
  const kind = KINDS[type]
  if (!kind) return `has no storage for valibot's ${type}; supported are ${SUPPORTED}`
  return { kind, nullable: type === 'any' || type === 'unknown' }
}

const KINDS: Readonly<Record<string, ColumnKind>> = {
  string: 'text',
  number: 'real',
  bigint: 'bigint',
  boolean: 'boolean',
  date: 'timestamp',
  any: 'json',
  unknown: 'json',
  array: 'json',
  object: 'json',
  loose_object: 'json',
  strict_object: 'json',
  object_with_rest: 'json',
  tuple: 'json',
  loose_tuple: 'json',
  strict_tuple: 'json',
  tuple_with_rest: 'json',
  record: 'json',
  variant: 'json',
  intersect: 'json',
  lazy: 'json',
}

const ADDS_NULL = new Set(['optional', 'exact_optional', 'undefinedable', 'nullable', 'nullish'])
const REMOVES_NULL = new Set(['non_optional', 'non_nullable', 'non_nullish'])

function wrappedOutput(
  schema: SchemaParts,
  wrapped: SchemaParts,
  kind: ColumnKind | undefined,
): Stored | string {
  const inner = outputOf(wrapped, kind)
  if (typeof inner === 'string') return inner
  if (REMOVES_NULL.has(schema.type)) return { ...inner, nullable: false }
  const withoutDefault = schema.default === undefined || schema.default === null
  return { ...inner, nullable: inner.nullable || (ADDS_NULL.has(schema.type) && withoutDefault) }
}

function unionOutput(options: readonly SchemaParts[]): Stored | string {
  const values = options.filter(({ type }) => type !== 'null' && type !== 'undefined')
  const outputs = values.map((option) => outputOf(option))
  const [first] = outputs
  const unstored = outputs.find((output) => typeof output === 'string')
  if (first === undefined || unstored !== undefined) return unstored ?? 'can only be null'
  const stored = outputs as readonly Stored[]
  const nullable = values.length < options.length || stored.some((output) => output.nullable)
  const kinds = new Set(stored.map(({ kind }) => kind))
  return { kind: kinds.size === 1 ? (stored[0]?.kind ?? 'json') : 'json', nullable }
}

function literalOutput(values: readonly unknown[]): Stored | string {
  const types = [...new Set(values.map((value) => typeof value))]
  const integers = values.every((value) => Number.isSafeInteger(value))
  const kind = types.length === 1 && LITERAL_KINDS[types[0] ?? '']
  if (!kind) return 'mixes types of literals; use literals of one type'
  return { kind: integers ? 'integer' : kind, nullable: false }
}

const LITERAL_KINDS: Readonly<Record<string, ColumnKind>> = {
  string: 'text',
  number: 'real',
  bigint: 'bigint',
  boolean: 'boolean',
}

function instanceOutput(of: unknown): Stored | string {
  if (of === Uint8Array) return { kind: 'bytes', nullable: false }
  if (of === Date) return { kind: 'timestamp', nullable: false }
  return 'has no storage for this class; supported are Uint8Array and Date'
}

/** A pipe's output is that of its last schema, seen through the transformations that follow it. */
function pipedOutput(items: readonly PipeItem[]): Stored | string {
  return items.reduce<Stored | string>(afterItem, 'is an empty pipe')
}

function afterItem(output: Stored | string, item: PipeItem): Stored | string {
  if (item.kind === 'schema') return outputOf(item)
  if (typeof output === 'string') return output
  if (item.kind === 'transformation') return transformed(output, item.type)
  const integer = INTEGER_CHECKS.has(item.type) && output.kind === 'real'
  return integer ? { ...output, kind: 'integer' } : output
}

const INTEGER_CHECKS = new Set(['integer', 'safe_integer'])

function transformed(output: Stored, type: string): Stored | string {
  if (OPAQUE.has(type)) {
    return `ends in ${type}, whose result has no known type; add the schema of the result to the pipe`
  }
  const kind = CONVERSIONS[type]
  return kind ? { kind, nullable: false } : output
}

const OPAQUE = new Set([
  'transform',
  'raw_transform',
  'parse_json',
  'find_item',
  'reduce_items',
  'args',
  'returns',
  'await',
])

const CONVERSIONS: Readonly<Record<string, ColumnKind>> = {
  to_string: 'text',
  stringify_json: 'text',
  to_number: 'real',
  to_bigint: 'bigint',
  to_boolean: 'boolean',
  parse_boolean: 'boolean',
  to_date: 'timestamp',
}

function absentOf({ type, wrapped, options = [] }: SchemaParts): Storage['absent'] {
  if (['optional', 'exact_optional', 'undefinedable', 'nullish'].includes(type)) return 'undefined'
  if (type === 'nullable') return 'null'
  if (type === 'any' || type === 'unknown') return 'null'
  if (type === 'union') {
    const nested = (options as readonly SchemaParts[]).map((option) => option.type)
    if (nested.includes('undefined')) return 'undefined'
    return nested.includes('null') ? 'null' : undefined
  }
  return wrapped && !REMOVES_NULL.has(type) ? absentOf(wrapped) : undefined
}
