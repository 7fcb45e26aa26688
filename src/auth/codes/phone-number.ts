import * as v from 'valibot'

/** E.164: a plus sign, no zero first, at most 15 digits. Numbers of fewer than 7 are nobody's mobile. */
const E164 = /^\+[1-9]\d{6,14}$/
/** How people set digits apart. A zero in parentheses is not dialled from abroad, so it is refused. */
const SEPARATORS = /[ .\-()\u2010\u2011\u2013]/g
const TRUNK = /\(0+\)/
/** Before normalisation, in UTF-16 units. */
const INPUT_LENGTH = 40

/**
 * Brings a telephone number into E.164 form, such as `+4930123456`, or answers `undefined` when it is
 * not exactly one international number. Spaces, dots, hyphens and parentheses go; there is no default
 * country, so numbers without `+` are refused, as are extensions.
 *
 * ```ts
 * import { normalizePhone } from 'plinth/auth'
 *
 * console.log(normalizePhone('+49 (30) 123-456')) // +4930123456
 * console.log(normalizePhone('030 123456')) // undefined
 * ```
 */
export function normalizePhone(text: string): string | undefined {
  if (text.length > INPUT_LENGTH) return undefined
  const folded = text.normalize('NFKC').trim()
  if (TRUNK.test(folded)) return undefined
  const number = folded.replace(SEPARATORS, '')
  return E164.test(number) ? number : undefined
}

/** A telephone number of a request: any spelling in, E.164 out. */
export const phoneSchema: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const number = normalizePhone(dataset.value)
    if (number !== undefined) return number
    addIssue({ message: 'Expected one telephone number with its country, such as +4930123456.' })
    return NEVER
  }),
  v.string(),
  v.description('Stored in E.164 form.'),
)
