/** A member of `Accept` or `Accept-Encoding`, in lower case and without parameters, and its weight. */
export interface Preference {
  readonly name: string
  /** From 0, which refuses, to 1. */
  readonly weight: number
}

/** More than any client means; a longer list is no wish but a load. */
const MAX_MEMBERS = 100
const WEIGHT = /^q[ \t]*=[ \t]*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i

/**
 * Reads a list of what a client would take (RFC 9110, section 12.4.2). Parameters other than the weight
 * are left aside, and so are members whose weight cannot be read.
 */
export function parsePreferences(header: string): Preference[] {
  return header
    .split(',', MAX_MEMBERS)
    .map(parseMember)
    .filter(({ name, weight }) => name !== '' && !Number.isNaN(weight))
}

function parseMember(member: string): Preference {
  const [name = '', ...parameters] = member.split(';').map((part) => part.trim())
  const weight = parameters.find((parameter) => /^q[ \t]*=/i.test(parameter))
  const read = weight === undefined ? 1 : Number(WEIGHT.exec(weight)?.[1] ?? Number.NaN)
  return { name: name.toLowerCase(), weight: read }
}
