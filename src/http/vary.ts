import { trimBlanks } from './text.ts'

/** Adds names of request headers to the `Vary` of an answer, unless they are there. */
export function addVary(
  headers: Record<string, string | readonly string[]>,
  names: readonly string[],
): void {
  const present = headers['vary'] === undefined ? [] : [headers['vary']].flat()
  const known = new Set(present.join(',').toLowerCase().split(',').map(trimBlanks))
  if (known.has('*')) return
  const all = [...present, ...names.filter((name) => !known.has(name))]
  if (all.length > 0) headers['vary'] = all.join(', ')
}
