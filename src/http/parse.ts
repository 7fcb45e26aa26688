import type { Issue } from '../kernel/index.ts'
import { createParser } from './create-parser.ts'
import { invalidInput } from './issues.ts'
import type { Parser } from './parser.ts'
import type { Schema, SchemaOutput } from './schema.ts'

const parsers = new WeakMap<Schema, Parser>()

/**
 * Reads a value by a schema as operations read their input: unknown keys are refused at every depth.
 * Throws `invalid_input` (422) with all `issues`, and `misuse` for a schema that operations cannot use.
 *
 * ```ts
 * import { parse } from 'plinth/http'
 * import * as v from 'valibot'
 *
 * const { title } = parse(v.object({ title: v.string() }), JSON.parse('{"title":"Milk"}'))
 * console.log(title) // Milk
 * ```
 */
export function parse<S extends Schema>(schema: S, value: unknown): SchemaOutput<S> {
  const parser = parsers.get(schema) ?? createParser(schema, 'parse()')
  parsers.set(schema, parser)
  const issues: Issue[] = []
  const output = parser.parse(value, { path: '', issues })
  if (issues.length > 0) throw invalidInput(issues)
  // Without issues, what the schema gives back is its output.
  return output as SchemaOutput<S>
}
