import type { Parser } from './parser.ts'
import { isValibot, type Schema } from './schema.ts'
import { createStandardParser } from './standard-parser.ts'
import { createValibotParser } from './valibot-parser.ts'

/** Makes the parser of a schema. Throws `misuse` beginning with `place` for one that cannot be used. */
export function createParser(schema: Schema, place: string): Parser {
  return isValibot(schema)
    ? createValibotParser(schema, place)
    : createStandardParser(schema, place)
}
