import type * as v from 'valibot'
import { misuse } from '../kernel/index.ts'

/** The parts of a schema that say what it is made of. */
interface Parts {
  readonly type: string
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly wrapped?: v.GenericSchema
}

// Every schema of valibot has these parts, as far as it has them at all.
function partsOf(schema: v.GenericSchema): Parts {
  return schema as unknown as Parts
}

/** The names that an object schema declares. Throws `misuse` for a schema that declares none. */
export function namesOf(schema: v.GenericSchema, place: string): string[] {
  const { entries } = partsOf(schema)
  if (entries) return Object.keys(entries)
  throw misuse(place, `is a "${schema.type}" schema; declare the names with v.object({ ... })`)
}

/** The names of those entries that take a list. */
export function listsOf(schema: v.GenericSchema): ReadonlySet<string> {
  const entries = Object.entries(partsOf(schema).entries ?? {})
  return new Set(entries.flatMap(([name, entry]) => (takesList(entry) ? [name] : [])))
}

function takesList(schema: v.GenericSchema): boolean {
  const { type, wrapped } = partsOf(schema)
  return wrapped ? takesList(wrapped) : type === 'array' || type.endsWith('tuple')
}
