import { UNKNOWN_KEY } from './issues.ts'

/** Texts by name; those that take a list are lists however often they came. */
export type Values = Record<string, string | string[]>

/**
 * Inherits nothing, as objects of `Object.create(null)`. Those are hash tables, which cost more when a
 * schema of many keys asks for each of them.
 */
class Inheritless {
  [name: string]: string | string[]
}
Object.setPrototypeOf(Inheritless.prototype, null)
Reflect.deleteProperty(Inheritless.prototype, 'constructor')

/** Creates values that inherit nothing. */
export function createValues(): Values {
  return new Inheritless()
}

/** Adds a value and answers what stands against it. */
export function addValue(
  values: Values,
  { name, value, list }: { name: string; value: string; list: boolean },
): string | undefined {
  // No schema can ask for this name, and code that copies objects by assignment would obey it.
  if (name === '__proto__') return UNKNOWN_KEY
  const known = values[name]
  if (known === undefined) values[name] = list ? [value] : value
  else if (Array.isArray(known)) known.push(value)
  else return 'Given more than once'
  return undefined
}
