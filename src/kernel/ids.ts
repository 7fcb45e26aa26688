import { type Clock, systemClock } from './clock.ts'
import { toHex } from './encoding.ts'
import { type Random, systemRandom } from './random.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The ports that identifiers are made from. */
export interface IdOptions {
  readonly clock?: Clock
  readonly random?: Random
}

/**
 * Returns a maker of UUIDs of version 7 (RFC 9562): sortable by time, and strictly increasing within
 * one maker even inside a millisecond or when the clock steps back.
 *
 * ```ts
 * import { createIds } from 'plinth/kernel'
 *
 * const nextId = createIds()
 * console.log(nextId() < nextId()) // true
 * ```
 */
export function createIds({
  clock = systemClock,
  random = systemRandom,
}: IdOptions = {}): () => string {
  let last = 0
  let counter = 0
  return () => {
    const now = Math.trunc(clock.now())
    const bytes = random.bytes(9)
    if (now > last) {
      last = now
      counter = ((bytes[0] ?? 0) << 3) | ((bytes[8] ?? 0) & 7)
    } else if (++counter > 0xfff) {
      // 12 bits of counter are spent: borrow the next millisecond (RFC 9562 section 6.2).
      last += 1
      counter = 0
    }
    const time = last.toString(16).padStart(12, '0')
    const count = (0x7000 | counter).toString(16)
    bytes[0] = 0x80 | ((bytes[1] ?? 0) & 0x3f)
    const tail = toHex(bytes.subarray(0, 8))
    return `${time.slice(0, 8)}-${time.slice(8)}-${count}-${tail.slice(0, 4)}-${tail.slice(4)}`
  }
}

/** Makes one UUID of version 7 from the machine's clock and generator. */
export const uuidv7: () => string = createIds()

/** Tests whether a value is a UUID in the canonical lower-case form. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}
