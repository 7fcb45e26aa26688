import type { Incoming } from '../../http/index.ts'
import { PlinthError } from '../../kernel/index.ts'

/** A string of RFC 9651, 1 to 255 characters long. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"$/
/** What clients send that do not know of structured fields. */
const BARE = /^[\w.:~+/=-]{1,255}$/

/**
 * Reads the `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header): a quoted string, or
 * a bare word. Undefined when there is none; `invalid_idempotency_key` (400) when it is neither.
 */
export function readIdempotencyKey(incoming: Incoming): string | undefined {
  const value = incoming.header('idempotency-key')
  if (value === null) return undefined
  if (BARE.test(value)) return value
  const quoted = QUOTED.exec(value)?.[1]
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1')
  throw new PlinthError(
    'invalid_idempotency_key',
    'Idempotency-Key is one text of 1 to 255 printable ASCII characters in double quotes.',
    { status: 400 },
  )
}
