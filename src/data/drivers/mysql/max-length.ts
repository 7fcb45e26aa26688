import type * as v from 'valibot'

/** The parts of valibot's schemas that are read here: which of them there are depends on `type`. */
interface SchemaParts {
  readonly kind: 'schema' | 'validation' | 'transformation' | 'metadata'
  readonly type: string
  readonly pipe?: readonly SchemaParts[]
  readonly wrapped?: SchemaParts
  readonly options?: readonly unknown[]
  readonly literal?: unknown
  readonly requirement?: unknown
}

/** The most characters that text of this schema has; undefined where nothing bounds it. */
export function maxLengthOf(schema: v.GenericSchema): number | undefined {
  // Every valibot schema has these parts.
  return bound(schema as unknown as SchemaParts)
}

function bound({ type, pipe, wrapped, options = [], literal }: SchemaParts): number | undefined {
  if (pipe) return pipe.reduce<number | undefined>(afterItem, undefined)
  if (wrapped) return bound(wrapped)
  if (type === 'picklist' || type === 'enum') return longest(options.map(lengthOf))
  if (type === 'literal') return lengthOf(literal)
  if (type !== 'union') return undefined
  const members = (options as readonly SchemaParts[]).filter((member) => !ABSENT.has(member.type))
  return longest(members.map(bound))
}

const ABSENT = new Set(['null', 'undefined'])

/** A check holds from where it stands to the next change that may make text longer. */
function afterItem(before: number | undefined, item: SchemaParts): number | undefined {
  if (item.kind === 'schema') return bound(item) ?? before
  if (item.kind === 'transformation') return SHORTENING.has(item.type) ? before : undefined
  const own = FORMATS[item.type] ?? (LENGTHS.has(item.type) ? Number(item.requirement) : undefined)
  return own === undefined ? before : Math.min(own, before ?? own)
}

const LENGTHS = new Set(['max_length', 'length'])
const SHORTENING = new Set(['trim', 'trim_start', 'trim_end', 'readonly', 'brand', 'flavor'])

/** Checks of a form that has a length. */
const FORMATS: Readonly<Record<string, number>> = { uuid: 36, ulid: 26, iso_date: 10, ipv4: 15 }

function longest(lengths: readonly (number | undefined)[]): number | undefined {
  const known = lengths.filter((length) => length !== undefined)
  return known.length === lengths.length && known.length > 0 ? Math.max(...known) : undefined
}

function lengthOf(value: unknown): number | undefined {
  return typeof value === 'string' ? value.length : undefined
}
