import * as v from 'valibot'
import { assertKnown, misuse } from '../kernel/index.ts'
import type { InputSchemas, PartInput } from './parts.ts'
import type { Answer, Responses } from './responses.ts'
import type { Schema, SchemaIssue, SchemaResult } from './schema.ts'
import { toStrict } from './strict.ts'

/** A request as a client sends it, and what the handler answers to it. Each part may be left out. */
export interface Example<I extends InputSchemas = InputSchemas, R extends Responses = Responses> {
  /** What is special about it. */
  readonly summary?: string
  readonly params?: NoInfer<PartInput<I['params']>>
  readonly query?: NoInfer<PartInput<I['query']>>
  readonly headers?: NoInfer<PartInput<I['headers']>>
  readonly body?: NoInfer<PartInput<I['body']>>
  readonly response?: NoInfer<Answer<R>>
}

/** As much of a declaration as its examples are held against. */
interface Exemplified extends InputSchemas {
  readonly responses: Responses
  readonly examples?: Readonly<Record<string, Example>> | undefined
}

const INPUTS = ['params', 'query', 'headers', 'body'] as const
const KNOWN = ['summary', ...INPUTS, 'response'] as const satisfies (keyof Example)[]

/**
 * Holds every example against the schemas, so that none outlives a change. Throws `misuse` naming the
 * operation and the example.
 */
export function checkExamples(spec: Exemplified, place: string): void {
  for (const [name, example] of Object.entries(spec.examples ?? {})) {
    const where = `${place}: the example "${name}"`
    assertKnown(where, example, KNOWN)
    for (const part of INPUTS) {
      const value = example[part]
      if (value === undefined) continue
      const schema = spec[part]
      if (schema === undefined)
        throw misuse(where, `has ${part}, which the operation does not read`)
      if (isSchema(schema)) assertValid(closed(schema), value, `${where}: ${part}`)
    }
    if (example.response) checkResponse(example.response, spec.responses, where)
  }
}

function checkResponse({ status, body }: Answer, responses: Responses, where: string): void {
  const declared = Object.hasOwn(responses, status) ? responses[status] : undefined
  if (declared === undefined) throw misuse(where, `answers ${status}, which is not declared`)
  if (declared !== null && isSchema(declared)) {
    assertValid(declared, body, `${where}: response.body`)
  }
}

function isSchema(value: object): value is Schema {
  return '~standard' in value
}

function assertValid(schema: Schema, value: unknown, where: string): void {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) throw misuse(where, 'the schema is asynchronous')
  const [issue] = result.issues ?? []
  if (!issue) return
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step))
  throw misuse([where, ...path].join('.'), issue.message)
}

/** As requests are read: unknown keys are refused. */
function closed(schema: Schema): Schema {
  if (!('~run' in schema)) return schema
  const strict = toStrict(schema as v.GenericSchema)
  // What `toStrict` gives runs as it should when valibot runs it; `~standard` is the first schema's own.
  const validate = (value: unknown): SchemaResult<unknown> => {
    const { output, issues } = v.safeParse(strict, value)
    return issues ? { issues: issues.map(toIssue) } : { value: output }
  }
  return { '~standard': { version: 1, vendor: 'valibot', validate } }
}

function toIssue({ message, path }: v.BaseIssue<unknown>): SchemaIssue {
  return { message, path: path?.map(({ key }) => key as PropertyKey) }
}
