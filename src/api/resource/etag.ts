import { sha256 } from '../../kernel/index.ts'

/** A row as it is answered, columns and all. */
export type AnsweredRow = Record<string, unknown>

/** Writes the entity tag of a row (RFC 9110, section 8.8.3); undefined where there is no version. */
export type Tagger = (
  version: unknown,
  row: AnsweredRow,
  options?: { readonly related?: boolean },
) => string | Promise<string> | undefined

/** Characters of a digest: enough that no two answers of one version meet in one. */
const DIGEST_LENGTH = 16

/**
 * Creates the writer of tags. Each begins with the row's version, which is all that `If-Match` looks
 * at. What follows tells answers of one version apart: the members' names, so that a copy kept from
 * before a deployment is not taken for a current one; or a digest of the answer, where it does not
 * depend on the row alone but on who asks, on code or on other rows.
 */
export function createTagger({
  members,
  dependent,
  write,
}: {
  readonly members: readonly string[]
  /** Whether two answers of one version can differ in more than their related rows. */
  readonly dependent: boolean
  readonly write: (row: AnsweredRow) => unknown
}): Tagger {
  const shape = fingerprint(members.join(','))
  return (version, row, { related = false } = {}) => {
    if (typeof version !== 'number') return undefined
    if (!dependent && !related) return `"${version}.${shape}"`
    const tag = (hex: string): string => `"${version}.${hex.slice(0, DIGEST_LENGTH)}"`
    const digest = sha256(JSON.stringify(write(row)))
    return typeof digest === 'string' ? tag(digest) : digest.then(tag)
  }
}

/** FNV-1a: tells apart what a team writes, no more is asked of it. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0).toString(36)
}

const TAG = /^(?:W\/)?"([!\x23-\x7e\x80-\xff]*)"$/
const OURS = /^([1-9]\d{0,15})(?:\..*)?$/

/**
 * Reads a list of entity tags as the versions that they name; a tag that is none of ours names none.
 * Undefined for text that is no such list. A tag that a proxy made weak, because it compressed the
 * answer, still names a version exactly.
 */
export function versionsOf(list: string): '*' | readonly number[] | undefined {
  if (list.trim() === '*') return '*'
  const versions: number[] = []
  for (const part of list.match(/(?:[^,"]|"[^"]*"?)+/g) ?? []) {
    const text = part.trim()
    if (text === '') continue
    const [, tag] = TAG.exec(text) ?? []
    if (tag === undefined) return undefined
    const version = Number(OURS.exec(tag)?.[1])
    if (Number.isSafeInteger(version)) versions.push(version)
  }
  return versions
}
