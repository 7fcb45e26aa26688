import { type RequestLimit, signedIn } from '../../http/index.ts'
import { requestBodyOf } from './bodies.ts'
import type { Facts } from './facts.ts'
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
export function operationObject(id: string, facts: Facts, schemas: SchemaWriter): OperationObject {
  const { spec } = facts
  const guard = spec.guard ?? signedIn
  const parameters = parametersOf(facts, schemas)
  const requestBody = requestBodyOf(spec, schemas)
  const tags = tagsOf(id, facts)
  return {
    operationId: id,
    ...(tags.length > 0 ? { tags } : {}),
    summary: spec.summary ?? id,
    description: proseOf(facts),
    ...(spec.deprecated ? { deprecated: true } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(requestBody && { requestBody }),
    responses: responsesOf(facts, schemas),
    security: guard.authenticated ? [{ cookie: [] }, { bearer: [] }] : [],
    'x-guard': guard.name,
  }
}

/** Operations are grouped by the first name on their way. */
function tagsOf(id: string, { spec }: Facts): readonly string[] {
  if (spec.tags) return spec.tags
  const [first = '', ...rest] = id.split('.')
  return rest.length > 0 ? [first] : []
}

/** What the team says, and then what is known of the operation that no other member can hold. */
function proseOf({ spec, limits }: Facts): string {
  const guard = spec.guard ?? signedIn
  return [
    spec.description,
    `Who may call: ${guard.name}.`,
    ...limits.map(limitProse),
    deprecationProse(spec.deprecated),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n')
}

function limitProse(limit: RequestLimit): string {
  if (limit.kind === 'concurrency-limit') return `At most ${limit.limit} at a time.`
  const { limit: most, window } = limit.rule
  return `At most ${most} in ${window / 1000} s.`
}

function deprecationProse(deprecated: Facts['spec']['deprecated']): string | undefined {
  if (typeof deprecated !== 'object') return undefined
  const { since, sunset, link } = deprecated
  return [
    `Deprecated since ${dayOf(since)}`,
    ...(sunset === undefined ? [] : [`may be gone after ${dayOf(sunset)}`]),
    ...(link === undefined ? [] : [`see ${link}`]),
  ].join('; ')
}

function dayOf(instant: string | Date): string {
  return new Date(instant).toISOString().slice(0, 10)
}
