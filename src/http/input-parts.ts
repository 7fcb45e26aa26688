import { type Issue, misuse, PlinthError } from '../kernel/index.ts'
import { readCookies } from './cookies.ts'
import { createParser } from './create-parser.ts'
import { addIssue, UNKNOWN_KEY } from './issues.ts'
import type { Incoming } from './message.ts'
import { decodeSegment } from './path.ts'
import type { Schema } from './schema.ts'
import { findBadText } from './text.ts'
import { parseUrlencoded } from './urlencoded.ts'

type PartReader = (incoming: Incoming, issues: Issue[]) => unknown

/** Creates the reader of the path's parameters, each of which has a key in the schema. */
export function createParamsReader(
  schema: Schema | undefined,
  { names, place }: { readonly names: readonly string[]; readonly place: string },
): (segments: readonly string[], issues: Issue[]) => unknown {
  const parser = schema && createParser(schema, `${place}: params`)
  const keys = parser?.names() ?? []
  for (const name of names) {
    if (!keys.includes(name)) throw misuse(place, `the path's ":${name}" has no key in params`)
  }
  for (const key of keys) {
    if (!names.includes(key)) throw misuse(place, `params has "${key}", the path has no ":${key}"`)
  }
  if (!parser) return () => undefined
  return (segments, issues) => {
    const values: Record<string, string> = {}
    for (let at = 0; at < names.length; at++) {
      values[names[at] as string] = decodeSegment(segments[at] as string)
    }
    return parser.parse(values, { path: 'params', issues })
  }
}

/** Creates the reader of the query. Where none is declared none is taken. */
export function createQueryReader(
  schema: Schema | undefined,
  place: string,
): (query: string, issues: Issue[]) => unknown {
  if (!schema) return refuseQuery
  const parser = createParser(schema, `${place}: query`)
  const lists = parser.lists()
  return (query, issues) => {
    const known = issues.length
    const values = parseUrlencoded(query, { lists, issues, part: 'query' })
    return issues.length > known ? undefined : parser.parse(values, { path: 'query', issues })
  }
}

function refuseQuery(query: string, issues: Issue[]): undefined {
  if (query === '') return
  for (const name in parseUrlencoded(query, { lists: NO_LISTS, issues, part: 'query' })) {
    addIssue(issues, `query.${name}`, UNKNOWN_KEY)
  }
}

const NO_LISTS: ReadonlySet<string> = new Set()

/** Creates the reader of the declared header fields. */
export function createHeadersReader(
  schema: Schema | undefined,
  place: string,
): PartReader | undefined {
  if (!schema) return undefined
  const parser = createParser(schema, `${place}: headers`)
  const names = parser.names()
  for (const name of names) {
    if (/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) continue
    throw misuse(place, `headers has "${name}"; name header fields in lower case`)
  }
  return (incoming, issues) => {
    const values: Record<string, string> = {}
    for (const name of names) {
      const value = incoming.header(name)
      const problem = value === null ? undefined : findBadText(value)
      if (problem !== undefined) addIssue(issues, `headers.${name}`, problem)
      if (value !== null) values[name] = value
    }
    return parser.parse(values, { path: 'headers', issues })
  }
}

/** Creates the reader of the declared cookies, whose values are text as it came. */
export function createCookiesReader(
  schema: Schema | undefined,
  place: string,
): PartReader | undefined {
  if (!schema) return undefined
  const parser = createParser(schema, `${place}: cookies`)
  const names = parser.names()
  for (const name of names) {
    if (/^[!#$%&'*+.^_`|~\w-]+$/.test(name) && name !== '__proto__') continue
    throw misuse(place, `cookies has "${name}", which no cookie can be called`)
  }
  return (incoming, issues) => {
    const { cookies, repeated } = readCookies(incoming.header('cookie'))
    const values: Record<string, string> = {}
    for (const name of names) {
      if (repeated.has(name)) throw repeatedCookie(name)
      const value = cookies.get(name)
      const problem = value === undefined ? undefined : findBadText(value)
      if (problem !== undefined) addIssue(issues, `cookies.${name}`, problem)
      if (value !== undefined) values[name] = value
    }
    return parser.parse(values, { path: 'cookies', issues })
  }
}

/** One of the two was put there by somebody else, and there is no telling which. */
function repeatedCookie(name: string): PlinthError<'repeated_cookie'> {
  return new PlinthError('repeated_cookie', `The cookie "${name}" came more than once.`, {
    status: 400,
  })
}
