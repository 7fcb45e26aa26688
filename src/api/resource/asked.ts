import * as v from 'valibot'
import type { AnyTable, Include } from '../../data/index.ts'
import { describe } from '../wire/described.ts'
import type { Computed } from './computed.ts'
import type { AnsweredRow } from './etag.ts'
import type { Offer } from './offer.ts'

/** What one request asks for of the rows: how they are read, and what is then made of them. */
export interface Asked {
  /** For the database. */
  readonly shape: {
    readonly select?: readonly string[]
    readonly include?: Include<AnyTable>
  }
  readonly computed: readonly (readonly [name: string, computed: Computed])[]
  /** Columns that are read only because something is computed from them. */
  readonly spare: readonly string[]
}

/** The part of a query that says what of the rows is wanted. */
export interface AskedReader {
  readonly entries: Readonly<Record<string, v.GenericSchema>>
  read(query: Readonly<Record<string, unknown>>): Asked
  /** What is answered to who does not ask. */
  readonly whole: Asked
}

/** What is wanted of the rows of one place: of the table itself, or of a relation. */
interface Wanted {
  readonly members: string[]
  readonly relations: Map<string, Wanted>
}

const MAX_LENGTH = 2000

/** Prepares the reading of `fields` and `include`, each there only where it can be asked for. */
export function createAskedReader(offer: Offer, { fields }: { fields: boolean }): AskedReader {
  const relations = relationsOf(offer)
  const whole = toAsked(offer, nothing())
  return {
    whole,
    entries: {
      ...(fields && { fields: v.optional(pathsSchema(membersOf(offer))) }),
      ...(relations.length > 0 && { include: v.optional(pathsSchema(relations)) }),
    },
    read(query) {
      // Where nothing can be asked for, these are names of columns like others.
      const members = fields ? query['fields'] : undefined
      const include = relations.length > 0 ? query['include'] : undefined
      if (members === undefined && include === undefined) return whole
      const wanted = nothing()
      for (const path of (include ?? []) as readonly string[]) walk(wanted, path.split('.'))
      for (const path of (members ?? []) as readonly string[]) {
        const places = path.split('.')
        const member = places.pop() as string
        walk(wanted, places).members.push(member)
      }
      return toAsked(offer, wanted)
    },
  }
}

/** Makes of rows what was asked for, in place: they were read for this answer alone. */
export function finish(rows: readonly object[], { computed, spare }: Asked): void {
  if (computed.length === 0 && spare.length === 0) return
  for (const row of rows as readonly AnsweredRow[]) {
    for (const [name, { from, value }] of computed) row[name] = value(pick(row, from) as never)
    for (const name of spare) row[name] = undefined
  }
}

/** The columns that a value is declared to be made from, whatever else was read or written. */
function pick(row: AnsweredRow, names: readonly string[]): AnsweredRow {
  const picked: AnsweredRow = {}
  for (const name of names) picked[name] = row[name]
  return picked
}

function nothing(): Wanted {
  return { members: [], relations: new Map() }
}

/** The place that a path leads to; the schema let only those pass that are offered. */
function walk(wanted: Wanted, places: readonly string[]): Wanted {
  let at = wanted
  for (const name of places) {
    const next = at.relations.get(name) ?? nothing()
    at.relations.set(name, next)
    at = next
  }
  return at
}

function toAsked(offer: Offer, wanted: Wanted): Asked {
  const { members } = wanted
  const computed = Object.entries(offer.computed).filter(
    ([name]) => members.length === 0 || members.includes(name),
  )
  const columns = members.filter((name) => !Object.hasOwn(offer.computed, name))
  const sources = new Set(computed.flatMap(([, { from }]) => from as readonly string[]))
  const spare = members.length === 0 ? [] : [...sources].filter((name) => !columns.includes(name))
  const select = members.length === 0 ? offer.select : [...columns, ...spare]
  const include = includeOf(offer, wanted)
  return { shape: { ...(select && { select }), ...(include && { include }) }, computed, spare }
}

function includeOf(offer: Offer, { relations }: Wanted): Include<AnyTable> | undefined {
  if (relations.size === 0) return undefined
  const included = Array.from(relations, ([name, wanted]) => {
    const related = offer.relations[name] as Offer & { readonly query: object }
    const { shape } = toAsked(related, wanted)
    return [name, { ...related.query, ...shape }] as const
  })
  // Names of relations are all that the table's type adds to an include; they were checked at start.
  return Object.fromEntries(included) as Include<AnyTable>
}

function relationsOf({ relations }: Offer, prefix = ''): string[] {
  return Object.entries(relations).flatMap(([name, related]) => [
    prefix + name,
    ...relationsOf(related, `${prefix}${name}.`),
  ])
}

function membersOf({ columns, computed, relations }: Offer, prefix = ''): string[] {
  return [
    ...[...columns, ...Object.keys(computed)].map((name) => prefix + name),
    ...Object.entries(relations).flatMap(([name, each]) => membersOf(each, `${prefix}${name}.`)),
  ]
}

/** Different ones of these paths, with commas between them. */
function pathsSchema(paths: readonly string[]): v.GenericSchema {
  const known = new Set(paths)
  const expected = `Expected different ones of: ${paths.join(', ')}.`
  const schema = v.pipe(
    v.string(),
    v.maxLength(MAX_LENGTH),
    v.rawTransform<string, readonly string[]>(({ dataset, addIssue, NEVER }) => {
      const asked = new Set<string>()
      for (const path of dataset.value.split(',')) {
        if (!known.has(path) || asked.has(path)) {
          addIssue({ message: expected })
          return NEVER
        }
        asked.add(path)
      }
      return [...asked]
    }),
  )
  const one = `(${paths.map((path) => path.replaceAll('.', '\\.')).join('|')})`
  return describe(schema, {
    schema: () => ({ type: 'string', maxLength: MAX_LENGTH, pattern: `^${one}(,${one})*$` }),
  })
}
