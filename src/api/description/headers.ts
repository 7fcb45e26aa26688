import type { Facts } from './facts.ts'
import { isDownload } from './facts.ts'

/** Header fields that the server sends by itself. */
const HEADERS = {
  Accept: { description: 'The media types that are read here.', schema: { type: 'string' } },
  'Accept-Ranges': { description: 'That parts may be asked for.', schema: { type: 'string' } },
  'Content-Disposition': {
    description: 'The name to save the file by (RFC 6266).',
    schema: { type: 'string' },
  },
  'Content-Range': {
    description: 'Which part of how much this is (RFC 9110, section 14.4).',
    schema: { type: 'string' },
  },
  Deprecation: {
    description: 'Since when the operation should no longer be used (RFC 9745).',
    schema: { type: 'string' },
  },
  ETag: { description: 'The version of what is answered.', schema: { type: 'string' } },
  'Last-Modified': {
    description: 'When what is answered was changed last.',
    schema: { type: 'string' },
  },
  Link: { description: 'Pages about this one (RFC 8288).', schema: { type: 'string' } },
  RateLimit: {
    description: 'How much is left of each limit, and when it is whole again.',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'The limits that the request was held to.',
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer', minimum: 0 },
  },
  Sunset: {
    description: 'When the operation may be gone (RFC 8594).',
    schema: { type: 'string' },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 9110, section 11.6.1; RFC 9470).',
    schema: { type: 'string' },
  },
} as const

export type HeaderName = keyof typeof HEADERS

/** A map of Header Objects, or nothing. */
export interface Headers {
  readonly headers?: Readonly<Record<string, unknown>>
}

export function headersNamed(names: readonly HeaderName[] = []): Headers {
  if (names.length === 0) return {}
  return { headers: Object.fromEntries(names.map((name) => [name, HEADERS[name]])) }
}

/** Writes the header fields of an answer: those that the operation names, and the server's own. */
export function headersOf(facts: Facts, status: number): Headers {
  const own = Object.entries(facts.spec.responseHeaders?.[status] ?? {}).map(
    ([name, description]) => [capitalised(name), { description, schema: { type: 'string' } }],
  )
  const { headers = {} } = headersNamed(serverHeaders(facts, status))
  const all = { ...headers, ...Object.fromEntries(own) }
  return Object.keys(all).length > 0 ? { headers: all } : {}
}

function serverHeaders({ spec, limits }: Facts, status: number): HeaderName[] {
  const { deprecated } = spec
  const dated = typeof deprecated === 'object' ? deprecated : undefined
  const file = isDownload(spec) && (status === 200 || status === 206)
  return [
    ...(file ? (['Accept-Ranges', 'Content-Disposition', 'ETag', 'Last-Modified'] as const) : []),
    ...(file && status === 206 ? (['Content-Range'] as const) : []),
    ...(limits.some(({ kind }) => kind === 'rate-limit')
      ? (['RateLimit', 'RateLimit-Policy'] as const)
      : []),
    ...(dated ? (['Deprecation'] as const) : []),
    ...(dated?.sunset ? (['Sunset'] as const) : []),
    ...(dated?.link ? (['Link'] as const) : []),
  ]
}

/** `last-modified` as people write it; names of fields are the same in any case. */
function capitalised(name: string): string {
  if (name.toLowerCase() === 'etag') return 'ETag'
  return name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
