import type * as v from 'valibot'
import { type WireKind, wireKinds } from './kinds.ts'

interface SchemaParts {
  readonly type: string
  readonly pipe?: readonly SchemaParts[]
  readonly wrapped?: SchemaParts
  readonly class?: unknown
}

/**
 * How JSON carries what a schema reads first, below its pipes and wrappers, when JSON has no value of
 * that type; undefined when it has.
 */
export function jsonlessKind(schema: v.GenericSchema): WireKind | undefined {
  // Every valibot schema has these parts; which of them depends on its type.
  let parts: SchemaParts = schema as unknown as SchemaParts
  for (
    let inner: SchemaParts | undefined = parts;
    inner;
    inner = parts.pipe?.[0] ?? parts.wrapped
  ) {
    parts = inner
  }
  if (parts.type === 'date' || parts.class === Date) return wireKinds.timestamp
  if (parts.type === 'bigint') return wireKinds.bigint
  return parts.class === Uint8Array ? wireKinds.bytes : undefined
}
