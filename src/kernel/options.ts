import { misuse } from './errors.ts'

/**
 * Throws `misuse` for a misspelt option, so that it does not pass in silence, and for options that
 * are no object. `place` says whose they are.
 *
 * ```ts
 * import { assertKnown } from 'plinth/kernel'
 *
 * export function greet(options: { name?: string } = {}): string {
 *   assertKnown('greet()', options, ['name'])
 *   return `Hello, ${options.name ?? 'you'}`
 * }
 * ```
 */
export function assertKnown(place: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw misuse(place, `expected an object of options, got ${String(options)}`)
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    throw misuse(place, `option "${key}" is unknown; expected ${known.join(', ')}`)
  }
}
