import { Secret } from '../kernel/index.ts'
import type { NameCheck } from './redact-names.ts'
import { REDACTED } from './redact-names.ts'
import type { TextCheck } from './redact-texts.ts'

/** What a value is looked at with. */
export interface ValueChecks {
  readonly check: NameCheck
  readonly text: TextCheck
  readonly error: (error: Error, depth: number) => unknown
}

const DEPTH = 8
const ITEMS = 100
/** Values in all: what holds more is cut there. */
const VALUES = 2000

/**
 * A value as plain data that JSON can hold, without what may not be shown. No getter and no `toJSON` of
 * the value is called: they may lie, throw or do something. Never throws.
 */
export function plainValue(value: unknown, checks: ValueChecks, startDepth = 0): unknown {
  const above = new Set<object>()
  let left = VALUES
  return plain(value, startDepth)

  function plain(item: unknown, depth: number): unknown {
    left -= 1
    if (left < 0) return '[more]'
    switch (typeof item) {
      case 'string':
        return checks.text(item)
      case 'bigint':
        return item.toString()
      case 'symbol':
        return checks.text(String(item))
      case 'function':
        return '[function]'
      case 'object':
        return item === null ? null : guarded(item, depth)
      default:
        return item
    }
  }

  function guarded(item: object, depth: number): unknown {
    if (above.has(item)) return '[circular]'
    if (depth >= DEPTH) return '[deep]'
    above.add(item)
    try {
      return ofClass(item, depth)
    } catch {
      // A proxy's trap, or an object of another realm that only looks like what it says it is.
      return '[unreadable]'
    } finally {
      above.delete(item)
    }
  }

  function ofClass(item: object, depth: number): unknown {
    if (Array.isArray(item)) return ofArray(item, depth)
    if (item instanceof Secret) return REDACTED
    if (ArrayBuffer.isView(item)) return `[${item.byteLength} bytes]`
    if (item instanceof Error) return checks.error(item, depth)
    for (const [type, write] of CLASSES) {
      if (item instanceof type) return write(item as never, { text: checks.text, entries })
    }
    return ofObject(item, depth)

    function entries(pairs: Iterable<readonly [unknown, unknown]>): unknown {
      const result: Record<string, unknown> = Object.create(null)
      let count = 0
      for (const [key, inner] of pairs) {
        if (++count > ITEMS) break
        const name = typeof key === 'object' ? `[key ${count}]` : String(key)
        result[name] = member(name, inner, depth)
      }
      return result
    }
  }

  function member(name: string, item: unknown, depth: number): unknown {
    return checks.check(name) ?? plain(item, depth + 1)
  }

  function ofArray(items: readonly unknown[], depth: number): unknown {
    const length = Math.min(items.length, ITEMS)
    const result: unknown[] = []
    // A header as a pair of name and value, as `fetch` takes them.
    const instead = items.length === 2 && typeof items[0] === 'string' && checks.check(items[0])
    if (instead) return [items[0], instead]
    for (let at = 0; at < length; at++) result.push(plain(items[at], depth + 1))
    if (items.length > ITEMS) result.push(`[${items.length - ITEMS} more]`)
    return result
  }

  function ofObject(item: object, depth: number): unknown {
    const result: Record<string, unknown> = Object.create(null)
    const keys = Object.keys(item)
    for (const key of keys.slice(0, ITEMS)) {
      const { value: inner, get } = Object.getOwnPropertyDescriptor(item, key) ?? {}
      result[checks.text(key)] = get ? '[getter]' : member(key, inner, depth)
    }
    if (keys.length > ITEMS) result['…'] = `[${keys.length - ITEMS} more]`
    // Lists of parameters: `{ name: 'password', value: 'x' }`.
    const name = ownText(item, 'name') ?? ownText(item, 'key')
    const instead = name !== undefined && checks.check(name)
    if (instead && 'value' in result) result['value'] = instead
    return result
  }
}

function ownText(item: object, key: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(item, key)?.value
  return typeof value === 'string' ? value : undefined
}

interface Writers {
  readonly text: TextCheck
  readonly entries: (pairs: Iterable<readonly [unknown, unknown]>) => unknown
}

type Writer = readonly [
  type: abstract new (...given: never[]) => object,
  write: (item: never, tools: Writers) => unknown,
]

const CLASSES: readonly Writer[] = [
  writer(Date, (item) => (Number.isNaN(item.getTime()) ? '[invalid date]' : item.toISOString())),
  writer(Map, (item, { entries }) => entries(item)),
  writer(Set, (item, { entries }) => entries(numbered(item))),
  writer(URL, (item, { text }) => text(item.href)),
  writer(URLSearchParams, (item, { entries }) => entries(item)),
  writer(Headers, (item, { entries }) => entries(item.entries())),
  writer(FormData, (item, { entries }) => entries(item.entries())),
  writer(Request, (item, { text }) => `${item.method} ${text(item.url)}`),
  writer(Response, (item) => `[response ${item.status}]`),
  writer(RegExp, (item, { text }) => text(String(item))),
  writer(ArrayBuffer, (item) => `[${item.byteLength} bytes]`),
  writer(Blob, (item) => `[${item.size} bytes]`),
  writer(Promise, () => '[promise]'),
]

function writer<T>(
  type: abstract new (...given: never[]) => T,
  write: (item: T, tools: Writers) => unknown,
): Writer {
  // Only called with what is an instance of the type.
  return [type as unknown as Writer[0], write as Writer[1]]
}

function* numbered(items: Iterable<unknown>): Iterable<readonly [number, unknown]> {
  let at = 0
  for (const item of items) yield [at++, item]
}
