import { misuse } from '../kernel/index.ts'
import type { Outgoing } from './message.ts'
import { type BaseHeaders, createBaseHeaders, mergeHeaders } from './response-headers.ts'
import type { Answer, Responses } from './responses.ts'

/** Writes an operation's answer as what goes over the wire. */
export type AnswerEncoder = (answer: Answer, secure: boolean) => Outgoing

interface Encoding {
  readonly headers: BaseHeaders
  /** Undefined for what cannot be sent. */
  readonly encode: (body: unknown) => Outgoing['body'] | undefined
}

/** Creates the encoder of one operation's declared responses. `place` names the operation. */
export function createAnswerEncoder(responses: Responses, place: string): AnswerEncoder {
  const encodings = new Map(
    Object.entries(responses).map(([status, response]) => [Number(status), encodingOf(response)]),
  )
  return (answer, secure) => {
    // A handler that the compiler did not see may have answered anything.
    const { status, headers, body } = answer ?? {}
    const encoding = encodings.get(status)
    if (!encoding) throw misuse(place, `answered ${status}, which it does not declare`)
    const encoded = encoding.encode(body)
    if (encoded === undefined) throw misuse(place, `answered ${status} without a body it can send`)
    const base = secure ? encoding.headers.https : encoding.headers.http
    return { status, headers: headers ? mergeHeaders(base, headers, place) : base, body: encoded }
  }
}

function encodingOf(response: Responses[number]): Encoding {
  if (response === null) return EMPTY
  return '~standard' in response
    ? JSON_BODY
    : { headers: createBaseHeaders(response.mediaType), encode: toContent }
}

const EMPTY: Encoding = { headers: createBaseHeaders(null), encode: () => null }
const JSON_BODY: Encoding = { headers: createBaseHeaders('application/json'), encode: toJson }

function toContent(body: unknown): Outgoing['body'] | undefined {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  return body instanceof ReadableStream ? body : undefined
}

/** Dates are written as ISO 8601, big integers as strings: JSON's numbers would round them. */
export function toJson(body: unknown): string | undefined {
  try {
    return JSON.stringify(body)
  } catch {
    return JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  }
}
