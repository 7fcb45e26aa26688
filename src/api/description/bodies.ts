import { type Operation, toValibot } from '../../http/index.ts'
import { type Examples, examplesOf } from './examples.ts'
import type { SchemaWriter } from './schemas.ts'

/** A Request Body Object of OpenAPI. */
export type RequestBody = { readonly [member: string]: unknown }

/** Writes what an operation's body is made of; undefined when it has none. */
export function requestBodyOf(
  spec: Operation['spec'],
  schemas: SchemaWriter,
): RequestBody | undefined {
  if (!spec.body) return undefined
  const schema = toValibot(spec.body)
  const examples: Examples = examplesOf(spec, ({ body }) => body)
  return {
    required: schema.type !== 'optional' && schema.type !== 'nullish',
    content: { 'application/json': { schema: schemas.write(schema, 'input'), ...examples } },
  }
}
