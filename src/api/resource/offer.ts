import type { AnyTable } from '../../data/index.ts'
import { assertKnown, misuse } from '../../kernel/index.ts'
import type { Computed } from './computed.ts'
import { columnOf } from './filters.ts'

/** What callers may ask for of a table's rows. */
export interface Offer {
  /** The columns they may receive. */
  readonly columns: readonly string[]
  /** The same where they are not all there are. */
  readonly select: readonly string[] | undefined
  readonly computed: Readonly<Record<string, Computed>>
  readonly relations: Readonly<Record<string, RelatedOffer>>
}

/** The same of the rows of a relation, and which of those there are. */
export interface RelatedOffer extends Offer {
  readonly query: Readonly<Record<string, unknown>>
}

/** An offer as the team declared it. */
export interface DeclaredOffer {
  readonly select?: readonly string[] | undefined
  readonly include?: Readonly<Record<string, unknown>> | undefined
  readonly computed?: Readonly<Record<string, Computed>> | undefined
}

/** Rows of a relation to many for each row, where the team does not say. */
const DEFAULT_EACH = 50
const MAX_EACH = 1000

/** Reads what may be asked for; a mistake in it is `misuse` at once. */
export function createOffer(table: AnyTable, declared: DeclaredOffer, place: string): Offer {
  const { select, include = {}, computed = {} } = declared
  for (const name of select ?? []) columnOf(table, name, place)
  const columns = select ?? Object.keys(table.columns)
  for (const [name, { from }] of Object.entries(computed)) {
    checkComputed(table, { name, from, columns }, place)
  }
  const relations = Object.entries(include).map(([name, given]) => [
    name,
    relatedOf(table, { name, given }, `${place}.include`),
  ])
  return { columns, select, computed, relations: Object.fromEntries(relations) }
}

function checkComputed(
  table: AnyTable,
  { name, from, columns }: { name: string; from: readonly string[]; columns: readonly string[] },
  place: string,
): void {
  const at = `${place}.computed.${name}`
  if (!/^[A-Za-z_]\w*$/.test(name)) throw misuse(at, 'expected a name of letters and digits')
  if (Object.hasOwn(table.columns, name) || Object.hasOwn(table.relations, name)) {
    throw misuse(at, 'is the name of a column or relation; expected another')
  }
  const hidden = from.find((column) => !columns.includes(column))
  if (hidden === undefined) return
  throw misuse(at, `"${hidden}" is not shown; it can be computed from: ${columns.join(', ')}`)
}

function relatedOf(
  table: AnyTable,
  { name, given }: { name: string; given: unknown },
  place: string,
): RelatedOffer {
  const relation = Object.hasOwn(table.relations, name) ? table.relations[name] : undefined
  if (!relation) {
    const known = Object.keys(table.relations).join(', ') || 'none; declare them with schema()'
    throw misuse(place, `unknown relation "${name}"; relations are: ${known}`)
  }
  const at = `${place}.${name}`
  const many = relation.kind === 'many'
  const declared = (given === true ? {} : given) as Readonly<Record<string, unknown>>
  const known = many ? ['where', 'orderBy', 'limit', 'select', 'include'] : ['select', 'include']
  assertKnown(at, declared, known)
  const { select, include, ...query } = declared
  return {
    ...createOffer(relation.target(), { select, include } as DeclaredOffer, at),
    query: many ? { limit: DEFAULT_EACH, ...query, ...limitOf(query, at) } : {},
  }
}

function limitOf({ limit }: Readonly<Record<string, unknown>>, place: string): { limit?: number } {
  if (limit === undefined) return {}
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= MAX_EACH) return {}
  throw misuse(place, `limit is ${limit}; expected 1 to ${MAX_EACH}`)
}
