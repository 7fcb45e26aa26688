import { PlinthError } from '../kernel/index.ts'
import type { Incoming } from './message.ts'

const JSON_TYPE = /^application\/json[ \t]*(?:;|$)/i
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^";, \t]*)/gi

/**
 * Refuses a body that is not plain JSON in UTF-8, by its header: `unsupported_media_type` (415) with
 * the `Accept` or `Accept-Encoding` that would do (RFC 9110, sections 12.5.1 and 12.5.3).
 */
export function checkMediaType(incoming: Incoming): void {
  const encoding = incoming.header('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw unsupported('Bodies are read as they are, not compressed.', {
      'accept-encoding': 'identity',
    })
  }
  const type = incoming.header('content-type')
  if (type === 'application/json') return
  if (type === null || !JSON_TYPE.test(type) || !isUtf8(type)) {
    throw unsupported('Send the body as application/json in UTF-8.', {
      accept: 'application/json',
    })
  }
}

function isUtf8(type: string): boolean {
  return Array.from(type.matchAll(CHARSET)).every(([, name]) => name?.toLowerCase() === 'utf-8')
}

function unsupported(message: string, headers: Record<string, string>): PlinthError {
  return new PlinthError('unsupported_media_type', message, { status: 415, headers })
}
