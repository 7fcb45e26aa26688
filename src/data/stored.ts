import type { ColumnKind } from './column.ts'
import type { StoredValue } from './value.ts'

/** Why a value cannot be stored, as a sentence for whoever sent it. */
export class Problem {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** Turns a value that is not null into its stored form, or says why that cannot be. */
export function toStored(kind: ColumnKind, value: unknown): StoredValue | Problem {
  switch (kind) {
    case 'uuid':
    case 'text':
      return textOf(value)
    case 'integer':
      // Adding 0 turns -0, which not every database keeps, into 0.
      return Number.isSafeInteger(value) ? (value as number) + 0 : NOT_INTEGER
    case 'real':
      return Number.isFinite(value) ? (value as number) + 0 : NOT_NUMBER
    case 'bigint':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? value : NOT_BIGINT
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : NOT_BOOLEAN
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value.getTime() : NOT_DATE
    case 'bytes':
      return value instanceof Uint8Array ? value : NOT_BYTES
    case 'json':
      return jsonOf(value)
  }
}

const NOT_TEXT = new Problem('Expected a string.')
const NOT_WELL_FORMED = new Problem('Expected text without NUL and lone surrogates.')
const NOT_INTEGER = new Problem('Expected an integer between -(2^53 - 1) and 2^53 - 1.')
const NOT_NUMBER = new Problem('Expected a finite number.')
const NOT_BIGINT = new Problem('Expected a bigint of 64 bits.')
const NOT_BOOLEAN = new Problem('Expected true or false.')
const NOT_DATE = new Problem('Expected a valid Date.')
const NOT_BYTES = new Problem('Expected a Uint8Array.')

function textOf(value: unknown): string | Problem {
  if (typeof value !== 'string') return NOT_TEXT
  return isStorableText(value) ? value : NOT_WELL_FORMED
}

/** Databases cut text at NUL, refuse it, or replace what is not Unicode: neither gets that far. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** MariaDB looks no deeper into JSON, and fails writes whose conditions meet deeper values. */
const MAX_JSON_DEPTH = 31

function jsonOf(value: unknown): string | Problem {
  const problem = jsonProblem(value, '', 0)
  return problem === undefined ? JSON.stringify(value) : new Problem(problem)
}

/** What `JSON.stringify` would drop or change in silence. */
function jsonProblem(value: unknown, path: string, depth: number): string | undefined {
  const where = path && `At ${path.slice(1)}: `
  if (value === null || typeof value === 'boolean') return undefined
  if (typeof value === 'string') {
    return isStorableText(value) ? undefined : where + NOT_WELL_FORMED.message
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : where + NOT_NUMBER.message
  }
  if (depth >= MAX_JSON_DEPTH) return `Nested more than ${MAX_JSON_DEPTH} levels deep.`
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const problem = jsonProblem(value[at], `${path}.${at}`, depth + 1)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  const prototype = typeof value === 'object' && Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    return `${where}JSON cannot hold ${typeof value === 'object' ? 'this object' : typeof value}.`
  }
  for (const [key, item] of Object.entries(value as object)) {
    if (!isStorableText(key)) return where + NOT_WELL_FORMED.message
    if (item === undefined) continue
    const problem = jsonProblem(item, `${path}.${key}`, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

type Decode = (stored: StoredValue) => unknown

/** How a stored value that is not null becomes the value of a row; undefined where it is the same. */
export function decoderOf(kind: ColumnKind): Decode | undefined {
  return DECODERS[kind]
}

// Each reads what `toStored` wrote for its kind.
const DECODERS: Readonly<Partial<Record<ColumnKind, Decode>>> = {
  boolean: (stored) => Boolean(stored),
  timestamp: (stored) => new Date(Number(stored)),
  bigint: (stored) => BigInt(stored as number | bigint | string),
  json: (stored) => JSON.parse(stored as string),
  // Some drivers answer with a subclass of their platform.
  bytes: (stored) => new Uint8Array(stored as Uint8Array),
}

/** Compares two stored values of one kind as every database does: text by code points. */
export function compareStored(a: StoredValue, b: StoredValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (a === b) return 0
  return (a as number) < (b as number) ? -1 : 1
}

/** JavaScript compares UTF-16 units, which puts what is above U+FFFF before U+E000. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
