import { type Issue, PlinthError } from '../kernel/index.ts'
import { addIssue, UNKNOWN_KEY } from './issues.ts'
import { findBadText } from './text.ts'

/** Values by name; those of `lists` are lists however often they came. */
export type Query = Record<string, string | string[]>

/**
 * Reads a query string as HTML forms write it: `+` is a space, names and values are decoded once.
 *
 * The result has no prototype. A name that comes twice is an issue unless it is one of `lists`; so
 * is a text with NUL. Brackets and dots in names mean nothing. Malformed encoding throws
 * `invalid_query` (400).
 */
export function parseQuery(query: string, lists: ReadonlySet<string>, issues: Issue[]): Query {
  const values: Query = Object.create(null)
  if (query === '') return values
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1))
    const problem =
      findBadText(name) ?? findBadText(value) ?? add(values, { name, value, list: lists.has(name) })
    if (problem !== undefined) addIssue(issues, `query.${name}`, problem)
  }
  return values
}

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
