/** What file systems, shells and terminals obey, and what turns the reading direction of a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const OBEYED = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
const SPECIAL = /[<>:"|?*]/g
const ENDS = /[\s.]/
/** Names of devices on Windows, whatever follows their first dot. */
const RESERVED = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\.|$)/i
/** Bytes of a name that every file system can store. */
const MAX_LENGTH = 255

/**
 * Makes the name that a sender gave its file one that can be stored and shown: its last segment, in
 * Unicode's composed form, without control characters, dots at its ends or names of devices, at most
 * 255 bytes with its extension kept. `file` where nothing is left.
 */
export function toFileName(given: string): string {
  const [last = ''] = given.split(/[/\\]/).slice(-1)
  const plain = last.toWellFormed().normalize('NFC').replace(OBEYED, '').replace(SPECIAL, '_')
  const name = withoutEnds(plain)
  if (name === '') return 'file'
  return shortened(RESERVED.test(name) ? `_${name}` : name)
}

/** Without white space and dots at its ends, which file systems drop or hide files by. */
function withoutEnds(name: string): string {
  let start = 0
  let end = name.length
  while (start < end && ENDS.test(name.charAt(start))) start += 1
  while (end > start && ENDS.test(name.charAt(end - 1))) end -= 1
  return name.slice(start, end)
}

function shortened(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= 20 ? name.slice(dot) : ''
  const characters = Array.from(name.slice(0, name.length - extension.length))
  let room = MAX_LENGTH - lengthOf(extension)
  const kept = characters.findIndex((character) => {
    room -= lengthOf(character)
    return room < 0
  })
  return kept === -1 ? name : characters.slice(0, kept).join('').trimEnd() + extension
}

function lengthOf(text: string): number {
  return new TextEncoder().encode(text).length
}
