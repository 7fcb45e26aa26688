import { misuse, PlinthError } from '../kernel/index.ts'
import { findTag, isEntityTag, isStrong } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'
import type { Incoming, Outgoing } from './message.ts'
import type { HeaderFields } from './response-headers.ts'

/** Fields of the body that is not sent: the client has it, and these beside it. */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-range',
  'content-type',
])

/**
 * Finds the answer to a GET or HEAD whose client has this version already (RFC 9110, section 13), or
 * undefined when it is to be answered in full: 304 by `If-None-Match`, or without one by
 * `If-Modified-Since`. Throws `precondition_failed` (412) for one that wants another version only.
 */
export function answerUnchanged(
  incoming: Incoming,
  headers: HeaderFields,
  place: string,
): Outgoing | undefined {
  const { etag, 'last-modified': modified } = headers
  if (etag !== undefined && !isEntityTag(etag)) {
    throw misuse(place, `answered with the etag ${String(etag)}; an etag stands in quotes: "v1"`)
  }
  const changed = typeof modified === 'string' ? parseHttpDate(modified) : undefined
  // An answer that says no version of itself is sent whatever is wanted, as one without fields is.
  if (etag === undefined && changed === undefined) return undefined
  checkWanted(incoming, etag, changed)

  const known = incoming.header('if-none-match')
  if (known !== null) {
    if (known === '*') return unchanged(headers, etag)
    const tag = etag === undefined ? undefined : findTag(known, etag)
    // Named as the client has it: compressed, it was given the weak one.
    return tag === undefined ? undefined : unchanged(headers, tag)
  }
  if (changed === undefined) return undefined
  const since = parseHttpDate(incoming.header('if-modified-since') ?? '')
  return since !== undefined && changed <= since ? unchanged(headers, etag) : undefined
}

function checkWanted(
  incoming: Incoming,
  etag: string | undefined,
  changed: number | undefined,
): void {
  const wanted = incoming.header('if-match')
  if (wanted !== null) {
    if (wanted === '*') return
    // Compared strongly: parts of two versions must not be put together.
    const tag = etag !== undefined && isStrong(etag) ? findTag(wanted, etag) : undefined
    if (tag !== undefined && isStrong(tag)) return
    throw preconditionFailed()
  }
  const since = parseHttpDate(incoming.header('if-unmodified-since') ?? '')
  if (since !== undefined && changed !== undefined && changed > since) throw preconditionFailed()
}

function preconditionFailed(): PlinthError {
  return new PlinthError('precondition_failed', 'There is another version by now.', { status: 412 })
}

function unchanged(headers: HeaderFields, etag: string | undefined): Outgoing {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_BODY.has(name))
  const fields = Object.fromEntries(kept)
  return { status: 304, headers: etag === undefined ? fields : { ...fields, etag }, body: null }
}
