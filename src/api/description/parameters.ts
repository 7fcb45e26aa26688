import type { Operation } from '../../http/index.ts'
import type { JsonSchema } from '../wire/described.ts'
import { examplesOf } from './examples.ts'
import { type Facts, isDownload, isRevalidated } from './facts.ts'
import type { SchemaWriter } from './schemas.ts'

/** A Parameter Object of OpenAPI. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie'
  readonly [member: string]: unknown
}

/** Writes the parameters of an operation's path, query, header and cookies. */
export function parametersOf(facts: Facts, schemas: SchemaWriter): Parameter[] {
  const { spec } = facts
  const declared = [
    ...partOf(spec, 'params', schemas),
    ...partOf(spec, 'query', schemas),
    ...partOf(spec, 'headers', schemas),
    ...partOf(spec, 'cookies', schemas),
  ]
  const names = new Set(declared.map(({ name }) => name.toLowerCase()))
  return [...declared, ...own(facts).filter(({ name }) => !names.has(name.toLowerCase()))]
}

/** The header fields that the server reads by itself. */
function own({ spec }: Facts): Parameter[] {
  return [
    ...(spec.idempotent ? [idempotencyKey(spec.idempotent)] : []),
    ...(isRevalidated(spec) ? [IF_NONE_MATCH] : []),
    ...(isDownload(spec) ? [RANGE, IF_RANGE] : []),
  ]
}

const HOUR = 3_600_000

function idempotencyKey(idempotent: NonNullable<Operation['spec']['idempotent']>): Parameter {
  const { keep = 24 * HOUR } = typeof idempotent === 'object' ? idempotent : {}
  const time =
    keep >= HOUR ? `${Math.floor(keep / HOUR)} hours` : `${Math.ceil(keep / 60_000)} minutes`
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: `Makes repeating the request safe: for ${time} the same key gets the same answer, and one effect.`,
    schema: { type: 'string', minLength: 1, maxLength: 257 },
  }
}

const IF_NONE_MATCH: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of the version that the caller has: when it is still that, 304.',
  schema: { type: 'string' },
}
const RANGE: Parameter = {
  name: 'Range',
  in: 'header',
  required: false,
  description: 'The part of the file that is wanted, such as `bytes=0-499` or `bytes=-500`.',
  schema: { type: 'string' },
}
const IF_RANGE: Parameter = {
  name: 'If-Range',
  in: 'header',
  required: false,
  description: 'The version that the part is wanted of: of another one, the whole is answered.',
  schema: { type: 'string' },
}

/** What OpenAPI calls the parts that parameters stand in. */
const PLACES = { params: 'path', query: 'query', headers: 'header', cookies: 'cookie' } as const

function partOf(
  spec: Operation['spec'],
  part: keyof typeof PLACES,
  schemas: SchemaWriter,
): Parameter[] {
  const given = spec[part]
  if (!given) return []
  const { properties = {}, required = [] } = schemas.text(given) as Properties
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: PLACES[part],
    required: part === 'params' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
    ...(part === 'cookies' ? {} : examplesOfOne(spec, { part, name, schema })),
  }))
}

interface Properties {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

interface Place {
  readonly part: 'params' | 'query' | 'headers'
  readonly name: string
  readonly schema: JsonSchema
}

function examplesOfOne(
  spec: Operation['spec'],
  { part, name, schema }: Place,
): ReturnType<typeof examplesOf> {
  return examplesOf(spec, (example) => {
    const values = example[part] as Readonly<Record<string, unknown>> | undefined
    return exampleValue(values?.[name], schema)
  })
}

/** The text of an example, as the value that the description says it is. */
function exampleValue(text: unknown, { type }: JsonSchema): unknown {
  if (type === 'integer' || type === 'number') return text === undefined ? text : Number(text)
  return type === 'boolean' && text !== undefined ? text === 'true' || text === true : text
}
