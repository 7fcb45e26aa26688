import { type Operation, signedIn, toValibot } from '../../http/index.ts'
import type { JsonSchema } from '../wire/described.ts'
import type { SchemaWriter } from './schemas.ts'

/** A Response Object of OpenAPI, or a reference to one. */
export type ResponseObject = { readonly [member: string]: unknown }

/** The problems that the server answers by itself, by status. */
const PROBLEMS: Readonly<Record<number, { readonly name: string; readonly description: string }>> =
  {
    400: { name: 'BadRequest', description: 'The request cannot be read.' },
    401: { name: 'Unauthorized', description: 'Nobody is signed in.' },
    403: { name: 'Forbidden', description: 'The caller may not do this.' },
    404: { name: 'NotFound', description: 'There is nothing that the caller may see.' },
    409: {
      name: 'Conflict',
      description:
        'The state of the data does not allow this. `code` says why, such as `conflict` (a unique ' +
        'value is taken), `version_conflict` (the row has been changed since) or ' +
        '`invalid_reference` (a row referred to is missing, or the row is still referred to).',
    },
    413: { name: 'ContentTooLarge', description: 'The body is over the limit.' },
    415: { name: 'UnsupportedMediaType', description: 'The body is not JSON in UTF-8.' },
    422: {
      name: 'InvalidInput',
      description: 'The input is not valid; `issues` says where and why.',
    },
  }
const OTHER = { name: 'Problem', description: 'Anything else that went wrong.' }

const PROBLEM_CONTENT = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
}

/** The problem document (RFC 9457) that every refusal is. */
export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  properties: {
    type: { type: 'string' },
    title: { type: 'string', description: 'The name of the status.' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'A sentence for people.' },
    code: { type: 'string', description: 'A name for code to switch on.' },
    issues: {
      type: 'array',
      description: 'What is wrong with the input, each with its place.',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
        required: ['path', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'code'],
}

/** Every problem as a component that operations refer to. */
export const problemResponses: Readonly<Record<string, ResponseObject>> = Object.fromEntries(
  [...Object.values(PROBLEMS), OTHER].map(({ name, description }) => [
    name,
    { description, content: PROBLEM_CONTENT },
  ]),
)

/** Writes the answers that an operation declares, and the problems that it may meet. */
export function responsesOf(operation: Operation, schemas: SchemaWriter): ResponseObject {
  const { spec } = operation
  const declared = Object.entries(spec.responses).map(([status, response]) => {
    const description = DESCRIPTIONS[status] ?? `Status ${status}`
    if (response === null) return [status, { description }]
    const content =
      '~standard' in response
        ? { 'application/json': { schema: schemas.write(toValibot(response), 'output') } }
        : { [response.mediaType]: { schema: {} } }
    return [status, { description, content }]
  })
  const problems = problemStatuses(operation).map((status) => [
    status,
    { $ref: `#/components/responses/${PROBLEMS[status]?.name}` },
  ])
  return {
    ...Object.fromEntries(problems),
    default: { $ref: `#/components/responses/${OTHER.name}` },
    ...Object.fromEntries(declared),
  }
}

function problemStatuses({ spec }: Operation): number[] {
  const guard = spec.guard ?? signedIn
  const unsafe = spec.method !== 'GET'
  const choosy = guard.authenticated && guard.name !== signedIn.name
  return [
    // Whatever an operation takes, a query that it does not know is refused.
    400,
    422,
    ...(guard.authenticated ? [401] : []),
    ...(unsafe || choosy ? [403] : []),
    ...(spec.params ? [404] : []),
    ...(unsafe ? [409] : []),
    ...(spec.body ? [413, 415] : []),
  ]
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  200: 'Done.',
  201: 'Created.',
  202: 'Accepted; it will be done.',
  204: 'Done; there is nothing to say.',
  303: 'See another address.',
  304: 'Not changed.',
  400: 'The request cannot be read.',
  401: 'Nobody is signed in.',
  403: 'The caller may not do this.',
  404: 'There is nothing that the caller may see.',
  409: 'The state of the data does not allow this.',
  410: 'It is gone.',
  422: 'The input is not valid.',
  429: 'Too many requests.',
  503: 'Not ready.',
}
