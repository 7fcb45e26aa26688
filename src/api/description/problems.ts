import { signedIn } from '../../http/index.ts'
import type { JsonSchema } from '../wire/described.ts'
import { type Facts, isChoosy, isDownload, isNegotiated, isRevalidated, isUnsafe } from './facts.ts'
import { type HeaderName, headersNamed } from './headers.ts'

/** A Response Object of OpenAPI, or a reference to one. */
export type ResponseObject = { readonly [member: string]: unknown }

interface Refusal {
  /** Of the component that operations refer to. */
  readonly name: string
  readonly description: string
  /** The codes that the server gives by itself. */
  readonly codes: readonly string[]
  /** The header fields that come with it. */
  readonly headers?: readonly HeaderName[]
  /** Whether it may meet an operation. */
  readonly meets: (facts: Facts) => boolean
}

/** Whatever the server refuses by itself, by status. */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  400: {
    name: 'BadRequest',
    description: 'The request cannot be read.',
    codes: ['invalid_path', 'invalid_query', 'invalid_json', 'missing_body', 'invalid_cursor'],
    // Whatever an operation takes, a query that it does not know is refused.
    meets: () => true,
  },
  401: {
    name: 'Unauthorized',
    description: 'Nobody is signed in, or not well enough.',
    codes: ['unauthenticated', 'insufficient_authentication'],
    headers: ['WWW-Authenticate'],
    meets: ({ spec: { guard = signedIn } }) => guard.authenticated,
  },
  403: {
    name: 'Forbidden',
    description: 'The caller may not do this.',
    codes: ['denied', 'cross_origin'],
    meets: ({ spec }) => isUnsafe(spec) || isChoosy(spec),
  },
  404: {
    name: 'NotFound',
    description: 'There is nothing that the caller may see.',
    codes: ['not_found'],
    meets: ({ spec }) => spec.params !== undefined,
  },
  406: {
    name: 'NotAcceptable',
    description: 'There is no answer of a media type that `Accept` names.',
    codes: ['not_acceptable'],
    meets: ({ spec }) => isNegotiated(spec),
  },
  409: {
    name: 'Conflict',
    description:
      'The state of the data does not allow this: a unique value is taken, the row has been changed ' +
      'since, a row referred to is missing, the row is still referred to, or the same request is at work.',
    codes: ['conflict', 'version_conflict', 'invalid_reference', 'idempotency_in_flight'],
    meets: ({ spec }) => isUnsafe(spec),
  },
  412: {
    name: 'PreconditionFailed',
    description: 'There is another version than the one that the request is for.',
    codes: ['precondition_failed'],
    meets: ({ spec }) => isRevalidated(spec),
  },
  413: {
    name: 'ContentTooLarge',
    description: 'The body is over the limit.',
    codes: ['body_too_large'],
    meets: ({ spec }) => spec.body !== undefined,
  },
  415: {
    name: 'UnsupportedMediaType',
    description: 'The body is not of a type that is read here.',
    codes: ['unsupported_media_type'],
    headers: ['Accept'],
    meets: ({ spec }) => spec.body !== undefined,
  },
  416: {
    name: 'RangeNotSatisfiable',
    description: 'The file has no such range.',
    codes: ['range_not_satisfiable'],
    headers: ['Content-Range'],
    meets: ({ spec }) => isDownload(spec),
  },
  422: {
    name: 'InvalidInput',
    description: 'The input is not valid; `issues` says where and why.',
    codes: ['invalid_input', 'invalid_values', 'out_of_range', 'idempotency_mismatch'],
    meets: () => true,
  },
  428: {
    name: 'PreconditionRequired',
    description: 'Say with `If-Match` which version the request is for.',
    codes: ['precondition_required'],
    meets: () => false,
  },
  429: {
    name: 'TooManyRequests',
    description: 'Too many requests.',
    codes: ['rate_limited'],
    headers: ['Retry-After'],
    meets: ({ limits }) => limits.length > 0,
  },
  503: {
    name: 'Unavailable',
    description: 'Not now: the server is busy, or the request took too long.',
    codes: ['timeout', 'busy', 'overloaded'],
    headers: ['Retry-After'],
    meets: () => true,
  },
}

const OTHER = 'Failure'

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

/** What a response that is a problem holds. */
export const PROBLEM_CONTENT: ResponseObject = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
}

/** Writes the problems that an operation may answer, by status. */
export function problemsOf(facts: Facts): Record<string, ResponseObject> {
  const problems: Record<string, ResponseObject> = {}
  for (const [status, { name, meets }] of Object.entries(REFUSALS)) {
    if (meets(facts)) problems[status] = { $ref: `#/components/responses/${name}` }
  }
  for (const [status, codes] of Object.entries(facts.spec.errors ?? {})) {
    problems[status] = ownProblem(status, codes, facts)
  }
  problems['default'] = { $ref: `#/components/responses/${OTHER}` }
  return problems
}

/** A problem of codes of the operation's own, beside those that the server gives of that status. */
function ownProblem(status: string, own: readonly string[], facts: Facts): ResponseObject {
  const refusal = REFUSALS[Number(status)]
  const codes = [...new Set([...own, ...(refusal?.meets(facts) ? refusal.codes : [])])]
  return {
    description: describe(refusal?.description ?? 'The operation refuses.', codes),
    ...headersNamed(refusal?.headers),
    content: PROBLEM_CONTENT,
  }
}

/** The problems that any of the operations refers to. */
export function problemComponents(all: readonly Facts[]): ResponseObject {
  const responses = Object.values(REFUSALS)
    .filter(({ meets }) => all.some(meets))
    .map(({ name, description, codes, headers }) => {
      const response = { description: describe(description, codes), ...headersNamed(headers) }
      return [name, { ...response, content: PROBLEM_CONTENT }]
    })
  const other = { description: 'The server failed.', content: PROBLEM_CONTENT }
  return { ...Object.fromEntries(responses), [OTHER]: other }
}

function describe(description: string, codes: readonly string[]): string {
  return `${description} \`code\` may be ${codes.map((code) => `\`${code}\``).join(', ')}.`
}
