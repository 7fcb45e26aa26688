import { type Operation, toValibot } from '../../http/index.ts'
import { createWriter } from '../wire/writer.ts'
import { examplesOf } from './examples.ts'
import { PROBLEM_CONTENT, problemsOf, type ResponseObject } from './problems.ts'
import type { SchemaWriter } from './schemas.ts'

/** Writes the answers that an operation declares, and the problems that it may meet. */
export function responsesOf(
  operation: Operation,
  schemas: SchemaWriter,
): Record<string, ResponseObject> {
  const problems = problemsOf(operation)
  const declared = Object.keys(operation.spec.responses).map((status) => {
    const written = responseOf(operation.spec, Number(status), schemas)
    const content = { ...written['content'], ...(problems[status] && PROBLEM_CONTENT) }
    return [status, Object.keys(content).length > 0 ? { ...written, content } : written] as const
  })
  return { ...problems, ...Object.fromEntries(declared) }
}

interface Response extends ResponseObject {
  readonly content?: ResponseObject
}

function responseOf(spec: Operation['spec'], status: number, schemas: SchemaWriter): Response {
  const response = spec.responses[status]
  const description = DESCRIPTIONS[status] ?? `Status ${status}.`
  const headers = headersOf(spec.responseHeaders?.[status])
  if (!response) return { description, ...headers }
  if (!('~standard' in response)) {
    const examples = examplesOf(spec, bodyOf(status))
    return {
      description,
      ...headers,
      content: { [response.mediaType]: { schema: {}, ...examples } },
    }
  }
  const schema = toValibot(response)
  const write = createWriter(schema) ?? ((value: unknown) => value)
  const examples = examplesOf(spec, (example) => {
    const body = bodyOf(status)(example)
    return body === undefined ? undefined : write(body)
  })
  const media = { schema: schemas.write(schema, 'output'), ...examples }
  return { description, ...headers, content: { 'application/json': media } }
}

/** What an example answers with this status, as far as it can be written down. */
function bodyOf(status: number): Parameters<typeof examplesOf>[1] {
  return ({ response }) => (response?.status === status ? response.body : undefined)
}

function headersOf(named: Readonly<Record<string, string>> = {}): ResponseObject {
  const headers = Object.entries(named).map(([name, description]) => {
    return [name, { description, schema: { type: 'string' } }]
  })
  return headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
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
