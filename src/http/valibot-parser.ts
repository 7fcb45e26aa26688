import * as v from 'valibot'
import type { Parser } from './parser.ts'
import { listsOf, namesOf } from './schema-parts.ts'
import { toStrict } from './strict.ts'
import { collectIssues } from './validate.ts'

/** Makes the parser of a schema of valibot's, rebuilt so that it refuses unknown keys itself. */
export function createValibotParser(schema: v.GenericSchema, place: string): Parser {
  const strict = toStrict(schema)
  return {
    parse: (value, notes) => collectIssues(strict, value, notes),
    names: () => namesOf(schema, place),
    lists: () => listsOf(schema),
    isOptional: () => v.is(strict, undefined),
  }
}
