import * as v from 'valibot'
import { misuse } from '../kernel/index.ts'

type Schema = v.GenericSchema
type Run = Schema['~run']
type PipeItem = v.PipeItem<unknown, unknown, v.BaseIssue<unknown>>

/** What schemas are made of: each type of schema has some of these. */
interface Parts {
  readonly pipe?: readonly [Schema, ...PipeItem[]]
  readonly fallback?: unknown
  readonly entries?: Readonly<Record<string, Schema>>
  readonly rest?: Schema
  readonly item?: Schema
  readonly items?: readonly Schema[]
  readonly key?: Schema | string
  readonly value?: Schema
  readonly wrapped?: Schema
  readonly options?: readonly Schema[]
  readonly getter?: (input: unknown) => Schema
}

/**
 * Returns a schema that refuses unknown keys wherever the given one would drop them: `v.object` and
 * `v.tuple` become strict at every depth, and a list is no object. `v.looseObject`,
 * `v.objectWithRest` and `v.record` stay as open as they say. Each schema is rebuilt once.
 */
export function toStrict<S extends v.GenericSchema>(schema: S): S {
  // Rebuilding changes which inputs are refused, not the types of those that pass.
  return close(schema) as S
}

/** `open` leaves the keys of the outermost object to the intersection that it is a part of. */
type Rebuild = (schema: Schema) => Schema
const close: Rebuild = remembering((schema) => rebuild(schema, close))
const open: Rebuild = remembering((schema) => rebuild(schema, open))

function remembering(make: Rebuild): Rebuild {
  const made = new WeakMap<Schema, Schema>()
  return (schema) => {
    const known = made.get(schema) ?? make(schema)
    made.set(schema, known)
    return known
  }
}

function rebuild(schema: Schema, self: Rebuild): Schema {
  if ((schema as { readonly async: boolean }).async) {
    throw misuse('schema', `"${schema.type}" is asynchronous; check such things in the handler`)
  }
  const { pipe, fallback } = schema as Parts
  if (!pipe) {
    const built = rebuildParts(schema, self)
    return fallback === undefined || built === schema ? built : v.fallback(built, fallback)
  }
  const [first, ...items] = pipe
  const piped: Schema = v.pipe(self(first), ...items.map(rebuildItem))
  // A pipe shows the fallback of its first schema as if it were its own.
  return fallback === (first as Parts).fallback ? piped : v.fallback(piped, fallback)
}

function rebuildItem(item: PipeItem): PipeItem {
  return item.kind === 'schema' ? close(item as Schema) : item
}

/**
 * The same schema with other parts and the `~run` of its type, which finds its parts by `this`: the
 * schema's own may have been replaced by one that holds on to the parts from before.
 */
function rebuildParts(schema: Schema, self: Rebuild): Schema {
  const run = self === open && schema.type === 'object' ? v.object({})['~run'] : runs[schema.type]
  if (!run) return schema
  const parts = schema as Parts
  const inner = schema.type === 'intersect' ? open : self
  const { getter } = parts
  const rebuilt = {
    ...schema,
    ...(parts.entries && { entries: closeEntries(parts.entries) }),
    ...(parts.rest && { rest: close(parts.rest) }),
    ...(parts.item && { item: close(parts.item) }),
    ...(parts.items && { items: parts.items.map(close) }),
    ...(typeof parts.key === 'object' && { key: close(parts.key) }),
    ...(parts.value && { value: close(parts.value) }),
    ...(parts.wrapped && { wrapped: inner(parts.wrapped) }),
    ...(parts.options && { options: parts.options.map(inner) }),
    ...(getter && { getter: (input: unknown) => inner(getter(input)) }),
    '~run': run,
  }
  return schema.type === 'intersect' && self === close ? refuseOthers(rebuilt) : rebuilt
}

function closeEntries(entries: Readonly<Record<string, Schema>>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(entries).map(([key, schema]) => [key, close(schema)]))
}

/** How each type that has parts runs, strictly. Types that are not here have no parts. */
const any = v.any()
const runs: Readonly<Record<string, Run>> = {
  object: refuseLists(v.strictObject({})),
  strict_object: refuseLists(v.strictObject({})),
  loose_object: refuseLists(v.looseObject({})),
  object_with_rest: refuseLists(v.objectWithRest({}, any)),
  record: refuseLists(v.record(v.string(), any)),
  variant: refuseLists(v.variant('', [])),
  array: v.array(any)['~run'],
  tuple: v.strictTuple([])['~run'],
  strict_tuple: v.strictTuple([])['~run'],
  loose_tuple: v.looseTuple([])['~run'],
  tuple_with_rest: v.tupleWithRest([], any)['~run'],
  optional: v.optional(any)['~run'],
  exact_optional: v.exactOptional(any)['~run'],
  undefinedable: v.undefinedable(any)['~run'],
  nullable: v.nullable(any)['~run'],
  nullish: v.nullish(any)['~run'],
  non_optional: v.nonOptional(any)['~run'],
  non_nullable: v.nonNullable(any)['~run'],
  non_nullish: v.nonNullish(any)['~run'],
  lazy: v.lazy(() => any)['~run'],
  union: v.union([])['~run'],
  intersect: v.intersect([])['~run'],
}

/** To valibot a list is an object without the keys that were asked for. */
function refuseLists(schema: Schema): Run {
  const run = schema['~run']
  return function (this: Schema, dataset, config) {
    // What is no object at all is refused in this schema's own words.
    return run.call(this, Array.isArray(dataset.value) ? { value: null } : dataset, config)
  }
}

const nothing = v.strictObject({})

/** Each part of an intersection knows some of the keys; which are unknown, only all of them know. */
function refuseOthers(schema: Schema): Schema {
  const run = schema['~run']
  return {
    ...schema,
    '~run'(dataset, config) {
      const input: unknown = dataset.value
      const result = run.call(this, dataset, config)
      if (typeof input !== 'object' || input === null) return result
      const known = knownKeys(schema, input)
      const others = Object.entries(input).filter(([key]) => known?.has(key) === false)
      const { issues } = nothing['~run']({ value: Object.fromEntries(others) }, config)
      if (!issues) return result
      const [first, ...rest] = [...(result.issues ?? []), ...issues]
      return first ? { typed: false, value: input, issues: [first, ...rest] } : result
    },
  }
}

/** The keys that a rebuilt schema accepts at the top of this input; undefined when all are. */
function knownKeys(schema: Schema, input: unknown): ReadonlySet<string> | undefined {
  const { entries, wrapped, options, getter } = schema as Parts
  if (schema.type === 'object' || schema.type === 'strict_object') {
    return new Set(Object.keys(entries ?? {}))
  }
  if (wrapped) return knownKeys(wrapped, input)
  if (getter) return knownKeys(getter(input), input)
  if (!options || schema.type === 'picklist' || schema.type === 'enum') return undefined
  // Of the options of a union or variant, those speak that take the input.
  const speaking =
    schema.type === 'intersect' ? options : options.filter((option) => v.is(option, input))
  const sets = speaking.map((option) => knownKeys(option, input))
  return sets.every((set) => set !== undefined)
    ? new Set(sets.flatMap((set) => [...set]))
    : undefined
}
