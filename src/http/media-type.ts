import { PlinthError } from '../kernel/index.ts'
import type { Incoming } from './message.ts'

/** Refuses a request whose body is not of a declared type. */
export type MediaTypeCheck = (incoming: Incoming) => void

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^";, \t]*)/gi
const TYPE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/

/** Tests whether a text is a media type in lower case, without parameters. */
export function isMediaType(text: unknown): text is string {
  return typeof text === 'string' && TYPE.test(text)
}

/**
 * Creates the check of a body by its header: `unsupported_media_type` (415) with the `Accept` or
 * `Accept-Encoding` that would do (RFC 9110, sections 12.5.1 and 12.5.3). Where the body is text
 * (`utf8`) it must be in UTF-8.
 */
export function createMediaTypeCheck(
  types: readonly string[],
  { utf8 = true }: { readonly utf8?: boolean } = {},
): MediaTypeCheck {
  const [first] = types
  const alternatives = types.map((type) => type.replace(/[.+^$]/g, '\\$&')).join('|')
  const pattern = new RegExp(`^(?:${alternatives})[ \\t]*(?:;|$)`, 'i')
  const accept = types.join(', ')
  const message = `Send the body as ${types.join(' or ')}${utf8 ? ' in UTF-8' : ''}.`
  return (incoming) => {
    const encoding = incoming.header('content-encoding')
    if (encoding !== null && encoding.toLowerCase() !== 'identity') {
      throw unsupported('Bodies are read as they are, not compressed.', {
        'accept-encoding': 'identity',
      })
    }
    const type = incoming.header('content-type')
    if (type === first) return
    if (type === null || !pattern.test(type) || (utf8 && !isUtf8(type))) {
      throw unsupported(message, { accept })
    }
  }
}

/** Whether the charset of a media type is UTF-8, where it names one. */
export function isUtf8(type: string): boolean {
  return Array.from(type.matchAll(CHARSET)).every(([, name]) => name?.toLowerCase() === 'utf-8')
}

function unsupported(message: string, headers: Record<string, string>): PlinthError {
  return new PlinthError('unsupported_media_type', message, { status: 415, headers })
}
