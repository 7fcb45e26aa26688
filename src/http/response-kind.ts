import { misuse } from '../kernel/index.ts'
import type { ResponseKind } from './responses.ts'

/** What a response is written as. */
export type ResponseName = 'none' | 'json' | 'content' | 'events' | 'lines' | 'download'

const OTHERS = ['content', 'events', 'lines', 'download'] as const

/** Tells what a declared response is written as. */
export function kindOf(response: ResponseKind): ResponseName {
  if (response === null) return 'none'
  return '~standard' in response ? 'json' : response.kind
}

/** The media type of a response, or undefined of one without a body. */
export function mediaTypeOf(response: ResponseKind): string | undefined {
  if (response === null) return undefined
  return '~standard' in response ? 'application/json' : response.mediaType
}

/** All media types that a response may have. */
export function mediaTypesOf(response: ResponseKind): readonly string[] {
  const type = mediaTypeOf(response)
  if (response === null || type === undefined) return []
  if ('~standard' in response || response.kind !== 'content') return [type]
  return [type, ...(response.others ?? [])]
}

/** Type and subtype, with parameters or without. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+[ \t]*(?:;[\t\x20-\x7e]*)?$/

/** Throws `misuse` for a declared response that is none: what the compiler would say. */
export function assertResponse(response: unknown, place: string): void {
  if (response === null || isSchema(response)) return
  const { kind, mediaType, others = [], schema } = (response ?? {}) as Record<string, unknown>
  if (!OTHERS.some((other) => other === kind)) {
    throw misuse(place, 'is no schema, such as v.object({ title: v.string() }), content() or null')
  }
  for (const type of [mediaType].concat(others)) {
    if (typeof type === 'string' && MEDIA_TYPE.test(type)) continue
    throw misuse(place, `is of the media type "${type}"; expected one such as "text/csv"`)
  }
  if ((kind === 'events' || kind === 'lines') && !isSchema(schema)) {
    throw misuse(place, `${kind}() needs the schema of its items`)
  }
}

function isSchema(value: unknown): boolean {
  const isThing = (typeof value === 'object' || typeof value === 'function') && value !== null
  return isThing && '~standard' in value
}
