/** What is wrong with a text that no store, log or terminal treats alike, if anything is. */
export function findBadText(text: string): string | undefined {
  if (text.includes('\0')) return 'Holds the character NUL'
  if (!text.isWellFormed()) return 'Holds half of a surrogate pair'
  return undefined
}
