import { type Issue, PlinthError } from '../kernel/index.ts'
import { addIssue, areEnough, UNKNOWN_KEY } from './issues.ts'
import { findJsonError } from './json-error.ts'
import { findBadText } from './text.ts'

/** What an escape or a name must hold before the parsed value can hold anything to refuse. */
const SUSPICIOUS = /\\u|__proto__/
/** What a number holds that is beyond the largest there is: one of these. As one pattern they are slower. */
const EXPONENT = /[eE]\+?\d{3}/
/** Looked for where digits begin, so that many of them are read once. */
const DIGITS = /(?<!\d)\d{200}/
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads JSON (RFC 8259) from bytes. Throws `invalid_json` (400) with the position for text that is
 * not JSON in UTF-8 or is nested deeper than `depth`. Texts with NUL or half a surrogate pair, numbers
 * beyond the largest and keys called `__proto__` become issues below `path`.
 */
export function parseJson(
  bytes: Uint8Array,
  { depth, path, issues }: { depth: number; path: string; issues: Issue[] },
): unknown {
  const text = decode(bytes)
  const tooDeep = findDepth(text, depth)
  if (tooDeep !== -1) throw invalidJson(`nested deeper than ${depth}`, tooDeep)
  const value = parse(text)
  // Unescaped, such text cannot be: JSON forbids control characters, and UTF-8 half pairs.
  if (SUSPICIOUS.test(text) || EXPONENT.test(text) || DIGITS.test(text)) {
    collectBadValues(value, path, issues)
  }
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new PlinthError('invalid_json', 'The body is not UTF-8.', { status: 400 })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidJson('not JSON', findJsonError(text))
  }
}

function invalidJson(what: string, position: number): PlinthError {
  return new PlinthError('invalid_json', `The body is ${what} at position ${position}.`, {
    status: 400,
    details: { position },
  })
}

const QUOTE = 34
const BACKSLASH = 92

/** The position of the bracket that opens one level too many, or -1. Never recursive. */
function findDepth(text: string, limit: number): number {
  if (text.length <= limit) return -1
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = findStringEnd(text, at)
    } else if (code === 123 || code === 91) {
      if (++depth > limit) return at
    } else if (code === 125 || code === 93) {
      depth -= 1
    }
  }
  return -1
}

/** The position of the quote that closes the string opened at `start`; past the end when none does. */
function findStringEnd(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at !== -1 && isEscaped(text, at)) at = text.indexOf('"', at + 1)
  return at === -1 ? text.length : at
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (at - first) % 2 === 1
}

/** A value whose members are still to be looked at, and how it is reached: written out if it must be told. */
interface Place {
  readonly value: object
  readonly key: string
  readonly above: Place | undefined
}

/** Walks a parsed value with a list instead of recursion. */
function collectBadValues(root: unknown, path: string, issues: Issue[]): void {
  const open: Place[] = []
  look(root, path, undefined)
  for (let next = open.pop(); next && !areEnough(issues); next = open.pop()) {
    const { value } = next
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at++) look(value[at], String(at), next)
    } else {
      for (const [key, member] of Object.entries(value)) {
        const problem = key === '__proto__' ? UNKNOWN_KEY : findBadText(key)
        if (problem !== undefined) addIssue(issues, pathOf(key, next), problem)
        else look(member, key, next)
      }
    }
  }

  function look(value: unknown, key: string, above: Place | undefined): void {
    if (typeof value === 'string') {
      const problem = findBadText(value)
      if (problem !== undefined) addIssue(issues, pathOf(key, above), problem)
    } else if (value === Infinity || value === -Infinity) {
      addIssue(issues, pathOf(key, above), 'Is beyond the largest number')
    } else if (typeof value === 'object' && value !== null) {
      open.push({ value, key, above })
    }
  }
}

function pathOf(key: string, above: Place | undefined): string {
  return above === undefined ? key : `${pathOf(above.key, above.above)}.${key}`
}
