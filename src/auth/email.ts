import * as v from 'valibot'

const PARTS = /^([^@]+)@([^@]+)$/
const ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~\\p{L}\\p{N}-][a-z0-9!#$%&'*+/=?^_`{|}~\\p{L}\\p{N}\\p{M}-]*"
const LOCAL = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, 'u')
const DOMAIN = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}.-]*$/u
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Scripts with letters that cannot be told from those of another of them. */
const ALIKE: readonly RegExp[] = [
  /\p{sc=Latin}/u,
  /\p{sc=Cyrillic}/u,
  /\p{sc=Greek}/u,
  /\p{sc=Armenian}/u,
  /\p{sc=Cherokee}/u,
  /\p{sc=Coptic}/u,
]

const LOCAL_BYTES = 64
const TOTAL_BYTES = 254
/** Before normalisation, in UTF-16 units: no valid address is longer, and no more is looked at. */
const INPUT_LENGTH = 320

/**
 * Brings an e-mail address into the one form that is stored, compared and written to, or answers
 * `undefined` when it is not exactly one address.
 *
 * Normalises first and checks the result, so that nothing passes the check in one form and is used
 * in another: outer white space is dropped, Unicode is brought to NFKC, letters to lower case and
 * the domain to its ASCII form (IDNA, as URLs have it). The local part is a dot-atom (RFC 5321) in
 * which letters of any script count (RFC 6531); quoted local parts, comments, address literals and
 * domains without a dot are refused, and so are look-alikes: a local part or a label of the domain in
 * which letters of Latin, Cyrillic, Greek and the like are mixed (UTS 39, section 5.2).
 *
 * ```ts
 * import { normalizeEmail } from 'plinth/auth'
 *
 * console.log(normalizeEmail(' Ada@BÜCHER.example')) // ada@xn--bcher-kva.example
 * console.log(normalizeEmail('a@b.example,c@d.example')) // undefined
 * ```
 */
export function normalizeEmail(text: string): string | undefined {
  if (text.length > INPUT_LENGTH || !text.isWellFormed()) return undefined
  const folded = fold(text)
  if (mixesScripts(folded)) return undefined
  const [, local = '', domain = ''] = PARTS.exec(folded) ?? []
  const host = toAsciiDomain(domain)
  if (!LOCAL.test(local) || !host || bytesOf(local) > LOCAL_BYTES) return undefined
  const address = `${local}@${host}`
  return bytesOf(address) > TOTAL_BYTES ? undefined : address
}

/** An e-mail address of a request: any spelling in, the normalised form out. */
export const emailSchema: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const address = normalizeEmail(dataset.value)
    if (address !== undefined) return address
    addIssue({
      message: mixesScripts(fold(dataset.value)) ? MIXED : 'Expected one e-mail address.',
    })
    return NEVER
  }),
  v.string(),
  v.description('Stored in lower case and Unicode normal form.'),
)

const MIXED = 'Expected an address without letters of another script that look like its own.'

function fold(text: string): string {
  return text.slice(0, INPUT_LENGTH).trim().normalize('NFKC').toLowerCase().normalize('NFKC')
}

/** Labels of a domain may each be in a script of its own; a local part is one word to who reads it. */
function mixesScripts(folded: string): boolean {
  const [local = '', ...domain] = folded.split('@')
  return [local, ...domain.join('.').split('.')].some(
    (part) => ALIKE.filter((script) => script.test(part)).length > 1,
  )
}

function toAsciiDomain(domain: string): string | undefined {
  if (!DOMAIN.test(domain)) return undefined
  // The URL parser is the web's own implementation of IDNA. Nothing that it gives a meaning to
  // (slash, colon, percent, bracket) has passed the test above.
  const host = URL.parse(`http://${domain}/`)?.hostname ?? ''
  return host.length <= 253 && HOST.test(host) ? host : undefined
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
