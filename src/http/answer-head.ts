import type { Answering, Asked } from './answering.ts'
import { createCacheControl, isShared, isStorable, REVALIDATED } from './caching.ts'
import {
  type BaseHeaders,
  createBaseHeaders,
  type HeaderFields,
  mergeHeaders,
} from './response-headers.ts'
import { mediaTypeOf } from './response-kind.ts'
import type { ResponseKind } from './responses.ts'
import { addVary } from './vary.ts'

/** Lays an answer's own headers over the defaults of its response. */
export type AnswerHead = (own: HeaderFields | undefined, asked: Asked) => HeaderFields

interface HeadOptions {
  readonly spec: Answering
  readonly status: number
  readonly place: string
  readonly compresses: boolean
}

/** Creates the maker of one response's headers. An answer without its own has them ready made. */
export function createAnswerHead(
  response: ResponseKind,
  { spec, status, place, compresses }: HeadOptions,
): AnswerHead {
  const readable = spec.method === 'GET' && status < 400
  const cache = readable && spec.cache ? createCacheControl(spec.cache, place) : undefined
  const coding = compresses ? ['accept-encoding'] : []
  const known = baseOf(response, cache?.known, coding)
  const nobody = cache ? baseOf(response, cache.nobody, coding) : known

  return (own, { exchange, secure }) => {
    const chosen = cache && exchange.principal === null ? nobody : known
    const base = secure ? chosen.https : chosen.http
    if (!own) return base
    const merged = mergeHeaders(base, own, place)
    if (!readable) return merged
    if (!says(own, 'cache-control')) {
      if (merged['set-cookie'] !== undefined) merged['cache-control'] = 'no-store'
      else if (!cache && isValidated(merged)) merged['cache-control'] = REVALIDATED
    }
    // What the defaults depend on goes with the default that it belongs to.
    if (!says(own, 'vary')) delete merged['vary']
    if (isStorable(merged)) addVary(merged, varyOf(merged, coding))
    return merged
  }
}

function baseOf(
  response: ResponseKind,
  cacheControl: string | undefined,
  coding: readonly string[],
): BaseHeaders {
  const type = mediaTypeOf(response)
  const extra: Record<string, string> = {}
  if (type?.startsWith('text/html')) extra['content-security-policy'] = PAGE_POLICY
  // Some proxies collect a whole answer before they pass it on, unless they are told.
  if (type === 'text/event-stream') extra['x-accel-buffering'] = 'no'
  if (cacheControl !== undefined) {
    extra['cache-control'] = cacheControl
    const vary = varyOf(extra, coding)
    if (vary.length > 0) extra['vary'] = vary.join(', ')
  }
  return createBaseHeaders(type === undefined ? null : withCharset(type), extra)
}

/** A page may load its own site's files and nothing else. One that needs more brings its own policy. */
const PAGE_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

/** Text is sent as UTF-8, and a browser that had to guess could be made to guess otherwise. */
function withCharset(type: string): string {
  const isText = /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?xml\b)/i.test(type)
  return isText && !/;[ \t]*charset=/i.test(type) ? `${type}; charset=utf-8` : type
}

/**
 * What a stored answer depends on. One that is kept for a caller is not given to the next who signs in
 * at the same browser.
 */
function varyOf(headers: HeaderFields, coding: readonly string[]): readonly string[] {
  return isShared(headers) ? coding : ['authorization', 'cookie', ...coding]
}

function says(own: HeaderFields, name: string): boolean {
  return Object.keys(own).some((key) => key.toLowerCase() === name)
}

function isValidated(headers: HeaderFields): boolean {
  return headers['etag'] !== undefined || headers['last-modified'] !== undefined
}
