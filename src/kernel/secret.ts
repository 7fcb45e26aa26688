const HIDDEN = '[secret]'

/**
 * Holds a value that must not be printed: text and JSON show `[secret]`, inspection shows an empty
 * object, and only `reveal()` gives it out.
 *
 * ```ts
 * import { Secret } from 'plinth/kernel'
 *
 * const key = new Secret('correct horse')
 * console.log(`${key}`, JSON.stringify({ key }), key.reveal().length)
 * ```
 */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  reveal(): T {
    return this.#value
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }
}
