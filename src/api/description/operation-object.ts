import { type Operation, signedIn } from '../../http/index.ts'
import { requestBodyOf } from './bodies.ts'
import { parametersOf } from './parameters.ts'
import { responsesOf } from './responses.ts'
import type { SchemaWriter } from './schemas.ts'

/** An Operation Object of OpenAPI. */
export interface OperationObject {
  readonly tags?: readonly string[]
  readonly security: readonly unknown[]
  readonly [member: string]: unknown
}

/** Writes one operation. */
export function operationObject(
  id: string,
  operation: Operation,
  schemas: SchemaWriter,
): OperationObject {
  const { spec } = operation
  const guard = spec.guard ?? signedIn
  const parameters = parametersOf(operation, schemas)
  const requestBody = requestBodyOf(spec, schemas)
  const tags = tagsOf(id, operation)
  return {
    operationId: id,
    ...(tags.length > 0 ? { tags } : {}),
    summary: spec.summary ?? id,
    description: proseOf(operation),
    ...(spec.deprecated ? { deprecated: true } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody && { requestBody }),
    responses: responsesOf(operation, schemas),
    security: guard.authenticated ? [{ cookie: [] }, { bearer: [] }] : [],
    'x-guard': guard.name,
  }
}

/** Operations are grouped by the first name on their way. */
function tagsOf(id: string, { spec }: Operation): readonly string[] {
  if (spec.tags) return spec.tags
  const [first = '', ...rest] = id.split('.')
  return rest.length > 0 ? [first] : []
}

/** What the team says, and then what is known of the operation that no other member can hold. */
function proseOf({ spec }: Operation): string {
  const guard = spec.guard ?? signedIn
  const parts = [spec.description, `Who may call: ${guard.name}.`]
  return parts.filter((part) => part !== undefined).join('\n\n')
}
