import type { NameCheck } from './redact-names.ts'

/** Shorter ones stand in texts for other reasons, and taking them out would tell of them. */
const SHORTEST = 5
const LONGEST = 4096
const VALUES = 100
const NODES = 2000
const DEPTH = 8

/** A request is asked once, however many lines tell of it. */
const known = new WeakMap<() => unknown, WeakMap<NameCheck, readonly string[]>>()

/**
 * Finds the values that came with a request under a name that may not be shown, as they are and as
 * URLs and JSON spell them: where an error's message quotes them, no name announces them.
 */
export function valuesIn(given: () => unknown, check: NameCheck): readonly string[] {
  const ofCheck = known.get(given) ?? new WeakMap<NameCheck, readonly string[]>()
  const before = ofCheck.get(check)
  if (before) return before
  const values = collect(given, check)
  known.set(given, ofCheck.set(check, values))
  return values
}

function collect(given: () => unknown, check: NameCheck): readonly string[] {
  const found = new Set<string>()
  let left = NODES
  try {
    visit(given(), { hidden: false, depth: 0 })
  } catch {
    // What was found until then is taken out all the same.
  }
  const spelt = [...found].flatMap((value) => [value, ...spellings(value)])
  // The longest first: one may be a part of another.
  return [...new Set(spelt)].sort((a, b) => b.length - a.length)

  function visit(item: unknown, { hidden, depth }: { hidden: boolean; depth: number }): void {
    left -= 1
    if (left < 0 || depth > DEPTH || found.size >= VALUES) return
    if (typeof item === 'string') {
      if (hidden) add(item)
    } else if (typeof item === 'number' || typeof item === 'bigint') {
      if (hidden) add(String(item))
    } else if (Array.isArray(item)) {
      for (const each of item) visit(each, { hidden, depth: depth + 1 })
    } else if (item instanceof Headers || item instanceof URLSearchParams) {
      for (const [name, value] of item) {
        visit(value, { hidden: check(name) !== undefined, depth: depth + 1 })
      }
    } else if (isPlain(item)) {
      for (const [name, value] of Object.entries(item)) {
        visit(value, { hidden: hidden || check(name) !== undefined, depth: depth + 1 })
      }
    }
  }

  function add(text: string): void {
    for (const value of [text, ...partsOf(text)]) {
      if (value.length >= SHORTEST && value.length <= LONGEST) found.add(value)
    }
  }
}

function isPlain(item: unknown): item is Readonly<Record<string, unknown>> {
  if (typeof item !== 'object' || item === null) return false
  const prototype = Object.getPrototypeOf(item)
  return prototype === Object.prototype || prototype === null
}

/** What stands behind `Bearer`, the two sides of `Basic`, and the values of several cookies. */
function partsOf(text: string): readonly string[] {
  const [, scheme = '', credential] = /^(bearer|basic)\s+(\S+)$/i.exec(text) ?? []
  if (credential !== undefined) {
    return [credential, ...(scheme.toLowerCase() === 'basic' ? userAndPassword(credential) : [])]
  }
  if (!text.includes('=')) return []
  return text.split('; ').flatMap((pair) => pair.slice(pair.indexOf('=') + 1).replaceAll('"', ''))
}

function userAndPassword(credential: string): readonly string[] {
  try {
    const text = atob(credential)
    return [text.slice(text.indexOf(':') + 1)]
  } catch {
    return []
  }
}

function spellings(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const uri = value.isWellFormed() ? encodeURIComponent(value) : value
  return [json, uri].filter((spelt) => spelt !== value)
}
