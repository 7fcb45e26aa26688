import { misuse } from '../kernel/index.ts'

const TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/
const OPAQUE = /^[\x21\x23-\x7e\x80-\xff]*$/
/** One member of a list and what parts it from the next, read where the last one ended. */
const MEMBER = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y

/** Whether a field's value is an entity tag (RFC 9110, section 8.8.3). */
export function isEntityTag(value: unknown): value is string {
  return typeof value === 'string' && TAG.test(value)
}

/** Writes an entity tag of a value that may be one already. */
export function toEntityTag(value: string, place: string): string {
  if (isEntityTag(value)) return value
  if (typeof value === 'string' && OPAQUE.test(value)) return `"${value}"`
  throw misuse(place, `answered with the etag ${String(value)}, which cannot be sent`)
}

/** Whether two answers with this tag are the same byte for byte. */
export function isStrong(tag: string): boolean {
  return !tag.startsWith('W/')
}

/** The tag as one of answers that mean the same. */
export function toWeak(tag: string): string {
  return isStrong(tag) ? `W/${tag}` : tag
}

/**
 * Finds the member of a list of entity tags that names the same as `tag`, weak or not, and answers it
 * as it stands there. A list that is malformed holds nothing.
 */
export function findTag(list: string, tag: string): string | undefined {
  const wanted = isStrong(tag) ? tag : tag.slice(2)
  // A long list of other tags need not be read at all.
  if (!list.includes(wanted)) return undefined
  let found: string | undefined
  MEMBER.lastIndex = 0
  while (MEMBER.lastIndex < list.length) {
    const match = MEMBER.exec(list)
    if (!match) return undefined
    const [, member] = match
    if (member === undefined || toWeak(member) !== toWeak(tag)) continue
    if (found === undefined || isStrong(member)) found = member
  }
  return found
}
