/** What is wrong with a text that no store, log or terminal treats alike, if anything is. */
export function findBadText(text: string): string | undefined {
  if (text.includes('\0')) return 'Holds the character NUL'
  if (!text.isWellFormed()) return 'Holds half of a surrogate pair'
  return undefined
}

/** The text without spaces and tabs at its ends. (A pattern for the end takes quadratic time.) */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
