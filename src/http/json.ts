import { type Issue, PlinthError } from '../kernel/index.ts'
import { addIssue, areEnough, UNKNOWN_KEY } from './issues.ts'
import { findJsonError } from './json-error.ts'
import { findBadText } from './text.ts'

/** What an escape or a name must hold before the parsed value can hold anything to refuse. */
const SUSPICIOUS = /\\u|__proto__/
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads JSON (RFC 8259) from bytes. Throws `invalid_json` (400) with the position for text that is
 * not JSON in UTF-8 or is nested deeper than `depth`. Texts with NUL or half a surrogate pair and
 * keys called `__proto__` become issues below `path`.
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
  if (SUSPICIOUS.test(text)) collectBadText(value, path, issues)
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

/** Walks a parsed value with a list instead of recursion. */
function collectBadText(root: unknown, path: string, issues: Issue[]): void {
  const open: [value: unknown, path: string][] = [[root, path]]
  for (let next = open.pop(); next && !areEnough(issues); next = open.pop()) {
    const [value, at] = next
    if (typeof value === 'string') {
      const problem = findBadText(value)
      if (problem !== undefined) addIssue(issues, at, problem)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        const below = `${at}.${key}`
        const problem = key === '__proto__' ? UNKNOWN_KEY : findBadText(key)
        if (problem !== undefined) addIssue(issues, below, problem)
        else open.push([member, below])
      }
    }
  }
}
