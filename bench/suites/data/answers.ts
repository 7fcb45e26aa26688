/**
 * Where an answer differs from what is expected, in words; undefined when it does not. An instant may
 * be a `Date` and a boolean 0 or 1, as the side's library has them; keys beside the expected do no harm.
 */
export function difference(actual: unknown, expected: unknown, at = 'answer'): string | undefined {
  if (Array.isArray(expected)) {
    // MikroORM's collections hold their rows in order, and are no arrays.
    if (actual !== null && typeof actual === 'object' && 'getItems' in actual) {
      return difference((actual.getItems as () => unknown).call(actual), expected, at)
    }
    if (!Array.isArray(actual)) return `${at} is ${show(actual)}, not an array`
    if (actual.length !== expected.length) {
      return `${at} has ${actual.length} rows, not ${expected.length}`
    }
    return first(expected, (item, index) => difference(actual[index], item, `${at}[${index}]`))
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return `${at} is ${show(actual)}`
    const row = actual as Record<string, unknown>
    return first(Object.entries(expected), ([key, value]) =>
      difference(row[key], value, `${at}.${key}`),
    )
  }
  const value = plain(actual, expected)
  return value === expected ? undefined : `${at} is ${show(actual)}, not ${show(expected)}`
}

function plain(actual: unknown, expected: unknown): unknown {
  if (actual instanceof Date) return actual.getTime()
  if (typeof expected === 'boolean' && (actual === 0 || actual === 1)) return actual === 1
  return actual
}

function first<Item>(
  items: readonly Item[],
  find: (item: Item, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index)
    if (found !== undefined) return found
  }
  return undefined
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 120)
}
