/** An address, and how it is shown. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

/** One address and nothing that a header or the protocol would read as more: no list, quote or comment. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]{1,253}$/u
const NAMED = /^([^<>]*)<([^<>]*)>$/
const BREAKS = /[\p{Cc}\u2028\u2029]/u

/** Whether a text is exactly one address. */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text)
}

/** Reads `address` or `Name <address>`; `undefined` for all else. */
export function parseMailbox(text: string): Mailbox | undefined {
  if (BREAKS.test(text)) return undefined
  const [, name = '', address = text] = NAMED.exec(text.trim()) ?? []
  const trimmed = address.trim()
  return isAddress(trimmed) ? { name: name.trim(), address: trimmed } : undefined
}
