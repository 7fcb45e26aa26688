import { misuse } from '../kernel/index.ts'

/** Header fields as `Outgoing` carries them. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>

/** Nothing is stored, sniffed, framed, embedded or told to other sites unless an answer says so. */
const DEFAULTS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** A year, as browsers' preload lists ask (RFC 6797). */
const STRICT_TRANSPORT = 'max-age=31536000; includeSubDomains'

/** The fields that every answer of one media type begins with, made once. */
export interface BaseHeaders {
  readonly http: HeaderFields
  /** With `Strict-Transport-Security`, which means nothing over plain HTTP. */
  readonly https: HeaderFields
}

/**
 * Makes the default fields of answers of a media type, or of answers without a body. Those in `extra`
 * stand beside the defaults, or in their place.
 */
export function createBaseHeaders(
  mediaType: string | null,
  extra: Readonly<Record<string, string>> = {},
): BaseHeaders {
  const type = mediaType === null ? {} : { 'content-type': mediaType }
  const http = { ...type, ...DEFAULTS, ...extra }
  const https = { ...http, 'strict-transport-security': STRICT_TRANSPORT }
  return { http: Object.freeze(http), https: Object.freeze(https) }
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
export function mergeHeaders(
  base: HeaderFields,
  own: HeaderFields,
  place: string,
): Record<string, string | readonly string[]> {
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
