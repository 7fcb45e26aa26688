import { isEntityTag, toWeak } from './entity-tag.ts'
import type { Incoming, Outgoing } from './message.ts'
import { parsePreferences } from './preferences.ts'
import type { HeaderFields } from './response-headers.ts'
import { addVary } from './vary.ts'

/** Bytes below which gzip saves less than its own head and the packet it does not fill. */
const WORTHWHILE = 1_024

const TEXT =
  /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml|javascript|x-ndjson|x-www-form-urlencoded)\b|image\/svg\+xml)/i

/** Whether bodies of this media type shrink. */
export function isCompressible(mediaType: string): boolean {
  return TEXT.test(mediaType)
}

/**
 * Compresses an answer whose client takes gzip and whose body is worth it, and answers any other as it
 * is. The entity tag becomes a weak one: what is sent is no longer the same byte for byte.
 */
export function compressed(outgoing: Outgoing, incoming: Incoming): Outgoing {
  const { status, headers, body } = outgoing
  if (!isWorthwhile(body) || status === 206) return outgoing
  const accepted = incoming.header('accept-encoding')
  if (accepted === null || !takesGzip(accepted)) return outgoing
  if (isUntouchable(headers) || mayBeWatched(incoming)) return outgoing
  return {
    status,
    headers: withCoding(headers),
    body: incoming.method === 'HEAD' ? discard(body) : toGzip(body),
  }
}

type Body = Exclude<Outgoing['body'], null>

function isWorthwhile(body: Outgoing['body']): body is Body {
  return body !== null && (body instanceof ReadableStream || body.length >= WORTHWHILE)
}

let lastAccepted = ''
let lastTakes = false

/** Browsers all send one of a few lists: it is read when it is another than the last. */
function takesGzip(accepted: string): boolean {
  if (accepted === lastAccepted) return lastTakes
  const wishes = parsePreferences(accepted)
  const wish =
    wishes.find(({ name }) => name === 'gzip' || name === 'x-gzip') ??
    wishes.find(({ name }) => name === '*')
  const identity = wishes.find(({ name }) => name === 'identity')?.weight ?? 0
  lastAccepted = accepted
  lastTakes = wish !== undefined && wish.weight > 0 && wish.weight >= identity
  return lastTakes
}

/** What is encoded already, must not be changed on its way, or hands out a secret. */
function isUntouchable(headers: HeaderFields): boolean {
  return (
    headers['content-encoding'] !== undefined ||
    headers['set-cookie'] !== undefined ||
    /\bno-transform\b/i.test(String(headers['cache-control']))
  )
}

/**
 * Whether a page of another site may have made the browser send this request with its user's cookies.
 * One that chooses a part of the answer and sees its length over the wire could guess the rest of it
 * from how well it compresses (BREACH). A browser that does not say where a request comes from is
 * taken for one that was made to send it.
 */
function mayBeWatched(incoming: Incoming): boolean {
  if (incoming.header('cookie') === null) return false
  const site = incoming.header('sec-fetch-site')
  return site !== 'same-origin' && site !== 'none'
}

function withCoding(headers: HeaderFields): HeaderFields {
  const { etag } = headers
  const coded: Record<string, string | readonly string[]> = { ...headers }
  coded['content-encoding'] = 'gzip'
  if (isEntityTag(etag)) coded['etag'] = toWeak(etag)
  addVary(coded, ['accept-encoding'])
  return coded
}

function discard(body: Body): null {
  if (body instanceof ReadableStream) body.cancel().catch(() => {})
  return null
}

function toGzip(body: Body): ReadableStream<Uint8Array> {
  const gzip = new CompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>
  if (body instanceof ReadableStream) return body.pipeThrough(gzip)
  const writer = gzip.writable.getWriter()
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  // Both fail only when the reader has gone, and then nobody is waiting for them.
  writer.write(bytes).catch(() => {})
  writer.close().catch(() => {})
  return gzip.readable
}
