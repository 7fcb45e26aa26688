import { misuse } from '../kernel/index.ts'
import type { Outgoing } from './message.ts'
import type { Answer, Content, Responses } from './operation.ts'
import { type BaseHeaders, createBaseHeaders, type HeaderFields } from './security-headers.ts'

/** Writes an operation's answer as what goes over the wire. */
export type AnswerEncoder = (answer: Answer, secure: boolean) => Outgoing

interface Encoding {
  readonly headers: BaseHeaders
  readonly encode: (body: unknown) => Outgoing['body']
}

/** Creates the encoder of one operation's declared responses. `place` names the operation. */
export function createAnswerEncoder(responses: Responses, place: string): AnswerEncoder {
  const encodings = new Map(
    Object.entries(responses).map(([status, response]) => [Number(status), encodingOf(response)]),
  )
  return ({ status, headers, body }, secure) => {
    const encoding = encodings.get(status)
    if (!encoding) throw misuse(place, `answered ${status}, which it does not declare`)
    const base = secure ? encoding.headers.https : encoding.headers.http
    const encoded = encoding.encode(body)
    if (encoded === undefined) throw misuse(place, `answered ${status} without a body`)
    return { status, headers: headers ? mergeHeaders(base, headers, place) : base, body: encoded }
  }
}

function encodingOf(response: Responses[number]): Encoding {
  if (response === null) return EMPTY
  return isContent(response)
    ? { headers: createBaseHeaders(response.mediaType), encode: (body) => body as Outgoing['body'] }
    : JSON_BODY
}

const EMPTY: Encoding = { headers: createBaseHeaders(null), encode: () => null }
const JSON_BODY: Encoding = { headers: createBaseHeaders('application/json'), encode: toJson }

function isContent(response: NonNullable<Responses[number]>): response is Content {
  return response.kind === 'content'
}

/** Dates are written as ISO 8601, big integers as strings: JSON's numbers would round them. */
function toJson(body: unknown): string {
  try {
    return JSON.stringify(body)
  } catch {
    return JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  }
}

/** Fields that the runtime writes itself: two voices on where a message ends are an attack. */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Lays an answer's own fields over the defaults, which they may replace. */
function mergeHeaders(base: HeaderFields, own: HeaderFields, place: string): HeaderFields {
  const merged: Record<string, string | readonly string[]> = { ...base }
  for (const [key, value] of Object.entries(own)) {
    const name = key.toLowerCase()
    const values = typeof value === 'string' ? [value] : value
    if (RESERVED.has(name) || !NAME.test(name) || !values.every((item) => VALUE.test(item))) {
      throw misuse(place, `answered with the header "${key}", whose name or value cannot be sent`)
    }
    merged[name] = value
  }
  return merged
}
