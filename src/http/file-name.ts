/** What follows the last separator of either kind: a name is no path. */
const PATH = /^.*[/\\]/s
/**
 * What no file system or reader should meet in a name: characters that are reserved on Windows,
 * control characters, and those that turn the direction of text, by which `exe` is shown as `txt`.
 */
const UNSAFE = /[<>:"|?*\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const MAX_LENGTH = 200

/**
 * Writes the header by which an answer is saved as a file of this name (RFC 6266), with the name in
 * ASCII for old readers and in UTF-8 (RFC 8187) when that is not all of it.
 */
export function contentDisposition(name: string | undefined): string {
  if (name === undefined) return 'attachment'
  const safe = safeFileName(name)
  const ascii = safe.replace(/[^\x20-\x7e]/g, '_').replace(/%/g, '_')
  if (ascii === safe) return `attachment; filename="${ascii}"`
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(safe)}`
}

function safeFileName(name: string): string {
  const safe = name.toWellFormed().replace(PATH, '').replace(UNSAFE, '_')
  // A leading dot hides a file, and a trailing one is lost on Windows. (Looked for from everywhere in a row
  // of dots, the end would take quadratic time.)
  const trimmed = safe.replace(/^[. ]+|(?<![. ])[. ]+$/g, '')
  return Array.from(trimmed).slice(0, MAX_LENGTH).join('') || 'download'
}

/** Percent-encodes all but the `attr-char` of RFC 8187, section 3.2.1. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
