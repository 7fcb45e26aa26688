import { type Issue, PlinthError } from '../kernel/index.ts'
import { addIssue } from './issues.ts'
import { findBadText } from './text.ts'
import { addValue, createValues, type Values } from './values.ts'

/** How a text of pairs is read, and what is said of it. */
export interface UrlencodedOptions {
  /** The names that take a list. */
  readonly lists: ReadonlySet<string>
  readonly issues: Issue[]
  /** The part of the request that the text is. */
  readonly part: 'query' | 'body'
}

/**
 * Reads pairs as HTML forms write them in queries and bodies: `+` is a space, names and values are
 * decoded once.
 *
 * A name that comes twice is an issue unless it is one of `lists`; so is a text with NUL. Brackets
 * and dots in names mean nothing. Malformed encoding throws `invalid_query` or `invalid_form` (400).
 */
export function parseUrlencoded(text: string, { lists, issues, part }: UrlencodedOptions): Values {
  const values = createValues()
  // Pieces of a sound text that are cut at ASCII and not decoded are sound themselves.
  const suspect = text.includes('%') || findBadText(text) !== undefined
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    const next = text.indexOf('&', start)
    end = next === -1 ? text.length : next
    if (start === end) continue
    const equals = text.indexOf('=', start)
    const bare = equals === -1 || equals > end
    const name = decode(text.slice(start, bare ? end : equals), part)
    const value = bare ? '' : decode(text.slice(equals + 1, end), part)
    const bad = suspect ? (findBadText(name) ?? findBadText(value)) : undefined
    const problem = bad ?? addValue(values, { name, value, list: lists.has(name) })
    if (problem !== undefined) addIssue(issues, `${part}.${name}`, problem)
  }
  return values
}

const CODES = { query: 'invalid_query', body: 'invalid_form' } as const

function decode(text: string, part: UrlencodedOptions['part']): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    throw new PlinthError(CODES[part], `The ${part} is not percent-encoded UTF-8.`, {
      status: 400,
    })
  }
}
