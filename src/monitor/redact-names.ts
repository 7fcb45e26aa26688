import { isSecretName, type Mark, plainName } from '../kernel/index.ts'

/** What stands where a secret was. */
export const REDACTED = '[redacted]'
/** What stands where data about a person was. */
export const PERSONAL = '[personal]'

/** Tells what stands in the place of whatever carries a name; undefined where it may be shown. */
export type NameCheck = (name: string) => string | undefined

export interface NameOptions {
  /** Names of fields and columns, and of columns with their table, such as `users.email`. */
  readonly marks?: ReadonlyMap<string, Mark>
  readonly names?: readonly string[]
  readonly personal?: boolean
}

/** Names that are looked up anew when there were more: they come from requests as well. */
const REMEMBERED = 2000
const LONGEST = 256
/** Where the last part of a dotted name is that of a field: `user.email`, `http.request.header.x-key`. */
const FIELDS_OF = /(?:^|\.)(?:user|enduser|header|parameter|body|query|params|cookie)\.([^.]+)$/

/** Creates the check. What a name comes to is found out once. */
export function createNameCheck({ marks, names = [], personal = true }: NameOptions): NameCheck {
  const listed = new Map<string, string>()
  for (const [name, mark] of marks ?? []) {
    const key = plainName(name)
    if (mark === 'secret') listed.set(key, REDACTED)
    else if (personal && !listed.has(key)) listed.set(key, PERSONAL)
  }
  for (const name of names) listed.set(plainName(name), REDACTED)
  const known = new Map<string, string | undefined>()
  return (name) => {
    if (known.has(name)) return known.get(name)
    const verdict = judge(name.length > LONGEST ? name.slice(0, LONGEST) : name)
    if (known.size >= REMEMBERED) known.clear()
    if (name.length <= LONGEST) known.set(name, verdict)
    return verdict
  }

  function judge(name: string): string | undefined {
    if (isSecretName(name)) return REDACTED
    const field = FIELDS_OF.exec(name)?.[1]
    return listed.get(plainName(name)) ?? (field && listed.get(plainName(field)))
  }
}
