import * as v from 'valibot'
import { type Issue, misuse, PlinthError } from '../kernel/index.ts'
import { addIssue, invalidInput, UNKNOWN_KEY } from './issues.ts'
import { parseJson } from './json.ts'
import { checkMediaType } from './media-type.ts'
import type { Incoming } from './message.ts'
import type { InputSchemas } from './parts.ts'
import { decodeSegment } from './path.ts'
import { parseQuery } from './query.ts'
import { type Schema, toValibot } from './schema.ts'
import { listsOf, namesOf } from './schema-parts.ts'
import { toStrict } from './strict.ts'
import { findBadText } from './text.ts'
import { collectIssues } from './validate.ts'

/** The validated parts of a request. */
export interface Input {
  params: unknown
  query: unknown
  headers: unknown
  body: unknown
}

/** Reads and validates all parts, or throws: 400, 413, 415, and 422 with every issue of all parts. */
export type InputReader = (
  incoming: Incoming,
  segments: readonly string[],
) => Input | Promise<Input>

/** What a reader is made for. `place` begins the message when the schemas cannot be used. */
export interface InputOptions {
  /** The path's parameters, in its order. */
  readonly names: readonly string[]
  readonly bodyLimit: number
  readonly jsonDepth: number
  readonly place: string
}

/** Creates the reader of one operation's input; the schemas are made strict once, here. */
export function createInputReader(schemas: InputSchemas, options: InputOptions): InputReader {
  const readParams = createParamsReader(schemas.params, options)
  const readQuery = createQueryReader(schemas.query)
  const readHeaders = createHeadersReader(schemas.headers, options)
  const readBody = schemas.body && createBodyReader(toStrict(toValibot(schemas.body)), options)
  return (incoming, segments) => {
    const issues: Issue[] = []
    const input: Input = {
      params: readParams(segments, issues),
      query: readQuery(incoming.query, issues),
      headers: readHeaders?.(incoming, issues),
      body: undefined,
    }
    if (!readBody) return checked(input, issues)
    const finish = (bytes: Uint8Array): Input => {
      input.body = readBody(bytes, { incoming, issues })
      return checked(input, issues)
    }
    // A body of a type that nobody will read need not even arrive.
    if (incoming.header('content-type') !== null) checkMediaType(incoming)
    const bytes = incoming.bytes(options.bodyLimit)
    return bytes instanceof Promise ? bytes.then(finish) : finish(bytes)
  }
}

function checked(input: Input, issues: readonly Issue[]): Input {
  if (issues.length > 0) throw invalidInput(issues)
  return input
}

function createParamsReader(
  given: Schema | undefined,
  { names, place }: InputOptions,
): (segments: readonly string[], issues: Issue[]) => unknown {
  const declared = given && toValibot(given)
  const keys = declared ? namesOf(declared, `${place}: params`) : []
  for (const name of names) {
    if (!keys.includes(name)) throw misuse(place, `the path's ":${name}" has no key in params`)
  }
  for (const key of keys) {
    if (!names.includes(key)) throw misuse(place, `params has "${key}", the path has no ":${key}"`)
  }
  if (!declared) return () => undefined
  const schema = toStrict(declared)
  return (segments, issues) => {
    const values: Record<string, string> = {}
    for (let at = 0; at < names.length; at++) {
      values[names[at] as string] = decodeSegment(segments[at] as string)
    }
    return collectIssues(schema, values, { path: 'params', issues })
  }
}

function createQueryReader(given: Schema | undefined): (query: string, issues: Issue[]) => unknown {
  if (!given) return refuseQuery
  const declared = toValibot(given)
  const schema = toStrict(declared)
  const lists = listsOf(declared)
  return (query, issues) => {
    const known = issues.length
    const values = parseQuery(query, lists, issues)
    return issues.length > known
      ? undefined
      : collectIssues(schema, values, { path: 'query', issues })
  }
}

function refuseQuery(query: string, issues: Issue[]): undefined {
  for (const name in parseQuery(query, NO_LISTS, issues)) {
    addIssue(issues, `query.${name}`, UNKNOWN_KEY)
  }
}

const NO_LISTS: ReadonlySet<string> = new Set()

function createHeadersReader(
  given: Schema | undefined,
  { place }: InputOptions,
): ((incoming: Incoming, issues: Issue[]) => unknown) | undefined {
  if (!given) return undefined
  const declared = toValibot(given)
  const names = namesOf(declared, `${place}: headers`)
  for (const name of names) {
    if (/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) continue
    throw misuse(place, `headers has "${name}"; name header fields in lower case`)
  }
  const schema = toStrict(declared)
  return (incoming, issues) => {
    const values: Record<string, string> = {}
    for (const name of names) {
      const value = incoming.header(name)
      const problem = value === null ? undefined : findBadText(value)
      if (problem !== undefined) addIssue(issues, `headers.${name}`, problem)
      if (value !== null) values[name] = value
    }
    return collectIssues(schema, values, { path: 'headers', issues })
  }
}

/** Bytes of body up to which every issue is looked for; beyond, the first is enough. */
const FULLY_CHECKED = 16_384

function createBodyReader(
  schema: v.GenericSchema,
  { jsonDepth }: InputOptions,
): (bytes: Uint8Array, request: { incoming: Incoming; issues: Issue[] }) => unknown {
  const optional = v.is(schema, undefined)
  return (bytes, { incoming, issues }) => {
    if (bytes.length > 0) {
      if (incoming.header('content-type') === null) checkMediaType(incoming)
      const known = issues.length
      const value = parseJson(bytes, { depth: jsonDepth, path: 'body', issues })
      const firstOnly = bytes.length > FULLY_CHECKED
      return issues.length > known
        ? undefined
        : collectIssues(schema, value, { path: 'body', issues, firstOnly })
    }
    if (optional) return collectIssues(schema, undefined, { path: 'body', issues })
    throw new PlinthError('missing_body', 'This operation needs a JSON body.', { status: 400 })
  }
}
