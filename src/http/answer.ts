import { misuse } from '../kernel/index.ts'
import { type AnswerHead, createAnswerHead } from './answer-head.ts'
import type { AnswerEncoder, Answering, Asked } from './answering.ts'
import { compressed, isCompressible } from './compression.ts'
import { answerUnchanged } from './conditional.ts'
import { createDownloadEncoder } from './download-answer.ts'
import { toEventStream } from './event-stream.ts'
import { signedIn } from './guard.ts'
import { toJson } from './json-text.ts'
import { toLineStream } from './line-stream.ts'
import type { Outgoing } from './message.ts'
import { kindOf, mediaTypeOf, type ResponseName } from './response-kind.ts'
import type { ResponseKind } from './responses.ts'

/** How the encoder is made. */
export interface EncoderOptions {
  /** Names the operation. */
  readonly place: string
  /** Whether the app compresses. */
  readonly compress: boolean
}

/** Creates the encoder of one operation's declared responses: what they have in common, once. */
export function createAnswerEncoder(spec: Answering, options: EncoderOptions): AnswerEncoder {
  const { place } = options
  checkCache(spec, place)
  const encoders = new Map<number, AnswerEncoder>()
  for (const [status, response] of Object.entries(spec.responses)) {
    checkStreamed(spec, response, `${place}: the response ${status}`)
    encoders.set(Number(status), encoderOf(Number(status), response, { spec, ...options }))
  }
  return (answer, asked) => {
    // A handler that the compiler did not see may have answered anything.
    const encode = encoders.get(answer?.status)
    if (encode) return encode(answer, asked)
    throw misuse(place, `answered ${answer?.status}, which it does not declare`)
  }
}

function checkCache({ method, guard = signedIn, cache }: Answering, place: string): void {
  if (!cache) return
  if (method !== 'GET') throw misuse(place, 'cache is for GET; what others answer is not kept')
  if (cache.public && guard.authenticated) {
    throw misuse(place, 'cache.public would show to anyone what its guard lets few see')
  }
}

/** A client that reads slowly would hold the transaction, and with it everyone who writes. */
function checkStreamed(spec: Answering, response: ResponseKind, place: string): void {
  const kind = kindOf(response)
  if (kind !== 'events' && kind !== 'lines' && kind !== 'download') return
  if (spec.method === 'GET' || spec.transaction === false) return
  throw misuse(place, `${kind}() is sent outside of a transaction; set transaction: false`)
}

function encoderOf(
  status: number,
  response: ResponseKind,
  { spec, place, compress }: EncoderOptions & { readonly spec: Answering },
): AnswerEncoder {
  const compresses = (spec.compress ?? compress) && shrinks(response, spec.compress === true)
  const head = createAnswerHead(response, { spec, status, place, compresses })
  const revalidates = spec.method === 'GET' && status === 200
  const kind = kindOf(response)
  return kind === 'download'
    ? createDownloadEncoder(head, { place, revalidates })
    : createBodyEncoder(kind, { head, place, revalidates, compresses })
}

/** Gzip holds back what it was given, which is not what a stream is for: only where it is asked to. */
function shrinks(response: ResponseKind, asked: boolean): boolean {
  const type = mediaTypeOf(response)
  if (type === undefined || !isCompressible(type)) return false
  const kind = kindOf(response)
  return kind === 'lines' ? asked : kind === 'json' || kind === 'content'
}

/** Undefined for what cannot be sent. */
type EncodeBody = (body: unknown, asked: Asked, place: string) => Outgoing['body'] | undefined

const BODIES: Readonly<Record<Exclude<ResponseName, 'download'>, EncodeBody>> = {
  none: (body) => (body === null || body === undefined ? null : undefined),
  json: toJson,
  content: toContent,
  events: toEventStream,
  lines: toLineStream,
}

function createBodyEncoder(
  kind: keyof typeof BODIES,
  {
    head,
    place,
    revalidates,
    compresses,
  }: {
    readonly head: AnswerHead
    readonly place: string
    readonly revalidates: boolean
    readonly compresses: boolean
  },
): AnswerEncoder {
  const encodeBody = BODIES[kind]
  return ({ status, headers: own, body }, asked) => {
    const headers = head(own, asked)
    if (own && revalidates) {
      const unchanged = answerUnchanged(asked.exchange.incoming, headers, place)
      if (unchanged) {
        release(body)
        return unchanged
      }
    }
    const encoded = encodeBody(body, asked, place)
    if (encoded === undefined) {
      throw misuse(place, `answered ${status} with a body that is none of ${WANTED[kind]}`)
    }
    const outgoing = { status, headers, body: encoded }
    return compresses ? compressed(outgoing, asked.exchange.incoming) : outgoing
  }
}

const WANTED: Readonly<Record<keyof typeof BODIES, string>> = {
  none: 'null and undefined, as it declares',
  json: 'what JSON can write',
  content: 'string, Uint8Array and ReadableStream',
  events: 'the kinds of AsyncIterable',
  lines: 'the kinds of AsyncIterable',
}

function toContent(body: unknown): Outgoing['body'] | undefined {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  return body instanceof ReadableStream ? body : undefined
}

/** Lets go of a stream that nobody will read. What it says of that changes nothing. */
function release(body: unknown): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {})
  else if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) {
    void endIterator(body as AsyncIterable<unknown>).catch(() => {})
  }
}

async function endIterator(body: AsyncIterable<unknown>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.()
}
