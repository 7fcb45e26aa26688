import { type Issue, PlinthError } from '../kernel/index.ts'
import { addIssue, UNKNOWN_KEY } from './issues.ts'
import { findBadText } from './text.ts'

/** Values by name; those of `lists` are lists however often they came. */
export type Query = Record<string, string | string[]>

/**
 * Reads a query string as HTML forms write it: `+` is a space, names and values are decoded once.
 *
 * The result inherits nothing. A name that comes twice is an issue unless it is one of `lists`; so
 * is a text with NUL. Brackets and dots in names mean nothing. Malformed encoding throws
 * `invalid_query` (400).
 */
export function parseQuery(query: string, lists: ReadonlySet<string>, issues: Issue[]): Query {
  const values = new Values()
  // Pieces of a sound text that are cut at ASCII and not decoded are sound themselves.
  const suspect = query.includes('%') || findBadText(query) !== undefined
  for (let start = 0, end = 0; start < query.length; start = end + 1) {
    const next = query.indexOf('&', start)
    end = next === -1 ? query.length : next
    if (start === end) continue
    const equals = query.indexOf('=', start)
    const bare = equals === -1 || equals > end
    const name = decode(query.slice(start, bare ? end : equals))
    const value = bare ? '' : decode(query.slice(equals + 1, end))
    const bad = suspect ? (findBadText(name) ?? findBadText(value)) : undefined
    const problem = bad ?? add(values, { name, value, list: lists.has(name) })
    if (problem !== undefined) addIssue(issues, `query.${name}`, problem)
  }
  return values
}

/**
 * Inherits nothing, as objects of `Object.create(null)`. Those are hash tables, which cost more when a
 * schema of many keys asks for each of them.
 */
class Values {
  [name: string]: string | string[]
}
Object.setPrototypeOf(Values.prototype, null)
Reflect.deleteProperty(Values.prototype, 'constructor')

/** Adds a value and answers what stands against it. */
function add(
  values: Query,
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

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    throw new PlinthError('invalid_query', 'The query is not percent-encoded UTF-8.', {
      status: 400,
    })
  }
}
