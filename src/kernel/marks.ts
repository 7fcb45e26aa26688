import * as v from 'valibot'
import { misuse } from './errors.ts'

/** What a value is, for whoever shows values: a secret opens something, personal data tells of a person. */
export type Mark = 'secret' | 'personal'

const MARK = 'plinth:mark'

type MarkAction<Schema extends v.GenericSchema, M extends Mark> = v.MetadataAction<
  v.InferOutput<Schema>,
  { readonly [MARK]: M }
>

/** A schema that carries a mark. It takes and gives what it did without. */
export type Marked<Schema extends v.GenericSchema, M extends Mark> = v.SchemaWithPipe<
  readonly [Schema, MarkAction<Schema, M>]
>

/**
 * Marks the values of a schema as secret: no log, span, audit log or dashboard shows them. What the
 * schema takes and gives stays the same. It marks columns and the fields of operations; of a variable
 * of `readConfig` the value is given out as a `Secret`.
 *
 * The name counts wherever it stands: what is called like a marked column or field is hidden in
 * every log line.
 *
 * ```ts
 * import { id, table } from 'plinth/data'
 * import { readConfig, secret } from 'plinth/kernel'
 * import * as v from 'valibot'
 *
 * const webhooks = table('webhooks', { id: id(), url: v.string(), signature: secret(v.string()) })
 *
 * const { API_KEY } = readConfig({ API_KEY: secret(v.string()) }, { API_KEY: 'k-123' })
 * console.log(`${API_KEY}`, API_KEY.reveal())
 * ```
 */
export function secret<const Schema extends v.GenericSchema>(
  schema: Schema,
): Marked<Schema, 'secret'> {
  return marked(schema, 'secret')
}

/**
 * Marks the values of a schema as data about a person, such as an address: logs, spans and errors
 * show `[personal]` in their place unless `monitor: { redact: { personal: false } }` says otherwise.
 * What the schema takes and gives stays the same.
 *
 * ```ts
 * import { id, table } from 'plinth/data'
 * import { personal } from 'plinth/kernel'
 * import * as v from 'valibot'
 *
 * const patients = table('patients', {
 *   id: id(),
 *   insuranceNumber: personal(v.pipe(v.string(), v.length(10))),
 *   bornOn: v.nullable(personal(v.date())),
 * })
 * ```
 */
export function personal<const Schema extends v.GenericSchema>(
  schema: Schema,
): Marked<Schema, 'personal'> {
  return marked(schema, 'personal')
}

function marked<const Schema extends v.GenericSchema, M extends Mark>(
  schema: Schema,
  mark: M,
): Marked<Schema, M> {
  if (schema?.kind !== 'schema') {
    throw misuse(`${mark}()`, 'expected a valibot schema; of a column, mark the schema inside it')
  }
  // Not to be listed: what turns schemas into JSON Schema copies what it can list.
  const action = v.metadata(Object.defineProperty({}, MARK, { value: mark }))
  // The action is for any value, and metadata has the one key that the type says.
  return v.pipe(schema, action as unknown as MarkAction<Schema, M>) as Marked<Schema, M>
}

/** The parts of valibot's schemas that are read here: which of them there are depends on `type`. */
interface Parts {
  readonly kind?: unknown
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly entries?: Readonly<Record<string, unknown>>
  readonly getter?: (input: unknown) => unknown
  readonly [part: string]: unknown
}

/** Where schemas hold others that stand for the same value, or for each of several. */
const INNER = ['wrapped', 'pipe', 'item', 'items', 'rest', 'options', 'value'] as const

/** A schema that makes others without an end is followed this deep. */
const MAX_DEPTH = 32

/**
 * Finds the mark of a schema's values, also where it stands on a part of it: inside `optional`, along a
 * pipe, on the items of an array, on one side of a union. `secret` outweighs `personal`.
 */
export function markOf(schema: unknown): Mark | undefined {
  const found = new Set<Mark>()
  walk(schema, { mark: (mark) => found.add(mark) })
  return heavier(found)
}

/**
 * Finds the names that stand for marked values anywhere in a schema, with their marks: the keys of
 * its objects, however deep. Schemas of other libraries than valibot have none.
 */
export function marksIn(schema: unknown): ReadonlyMap<string, Mark> {
  const names = new Map<string, Mark>()
  const seen = new Set<unknown>()
  look(schema, 0)
  return names

  function look(inside: unknown, depth: number): void {
    walk(inside, {
      entries(entries) {
        if (depth >= MAX_DEPTH || seen.has(entries)) return
        seen.add(entries)
        for (const [name, entry] of Object.entries(entries)) {
          const mark = markOf(entry)
          if (mark && names.get(name) !== 'secret') names.set(name, mark)
          look(entry, depth + 1)
        }
      },
    })
  }
}

function heavier(marks: ReadonlySet<Mark>): Mark | undefined {
  if (marks.has('secret')) return 'secret'
  return marks.has('personal') ? 'personal' : undefined
}

interface Visitor {
  mark?(mark: Mark): void
  entries?(entries: Readonly<Record<string, unknown>>): void
}

/** Visits a schema and all that describe the same value, but not the members of objects. */
function walk(schema: unknown, visitor: Visitor): void {
  const seen = new Set<unknown>()
  visit(schema, 0)

  function visit(node: unknown, depth: number): void {
    if (typeof node !== 'object' || node === null || depth > MAX_DEPTH || seen.has(node)) return
    seen.add(node)
    if (Array.isArray(node)) {
      for (const each of node) visit(each, depth + 1)
      return
    }
    const parts = node as Parts
    const mark = parts.metadata?.[MARK]
    if (mark === 'secret' || mark === 'personal') visitor.mark?.(mark)
    if (parts.kind !== 'schema') return
    if (parts.entries) visitor.entries?.(parts.entries)
    for (const inner of INNER) visit(parts[inner], depth + 1)
    if (typeof parts.getter === 'function') visit(lazily(parts.getter), depth + 1)
  }
}

/** What `lazy` makes may depend on the input, and there is none. */
function lazily(getter: (input: unknown) => unknown): unknown {
  try {
    return getter(undefined)
  } catch {
    return undefined
  }
}
