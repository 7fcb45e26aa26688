import { type Scope, type Signals, systemRandom, traced } from '../../kernel/index.ts'
import type { Argon2 } from './argon2.ts'
import { createQueue } from './hash-queue.ts'
import { type Cost, parsePhc, type StoredHash, toPhc } from './phc.ts'
import { selectArgon2 } from './select-argon2.ts'

/** Makes and checks stored passwords. */
export interface Hasher {
  /** Hashes a password under a fresh salt into a PHC string. */
  hash(password: string, scope: Scope): Promise<string>
  /**
   * Tells whether a password belongs to a stored hash. Without one it does the same work and answers
   * false, so that an account that does not exist takes as long as one that does.
   */
  verify(password: string, stored: string | undefined, scope: Scope): Promise<boolean>
  /** Whether a stored hash is weaker than those made today. */
  isOutdated(stored: string): boolean
}

const SALT_BYTES = 16
const HASH_BYTES = 32
/** At 40 ms a hash on two cores the last in line waits about ten seconds. */
const WAITING = 512

/** Creates a hasher of this cost. Each hash is a span `password hash`. */
export function createHasher({ cost, signals }: { cost: Cost; signals: Signals }): Hasher {
  const queue = createQueue({ running: parallelHashes(), waiting: WAITING })
  let engine: Promise<Argon2> | undefined

  async function derive(password: string, from: StoredHash, scope: Scope): Promise<Uint8Array> {
    engine ??= selectArgon2()
    const argon2 = await engine
    const { memory, passes, lanes, salt, hash } = from
    const bytes = new TextEncoder().encode(password)
    const input = { password: bytes, salt, memory, passes, lanes, length: hash.length }
    const attributes = { 'plinth.argon2.memory': memory, 'plinth.argon2.passes': passes }
    return queue(
      () => traced(signals, { name: 'password hash', scope, attributes }, () => argon2(input)),
      scope.signal,
    )
  }

  return {
    async hash(password, scope) {
      const fresh = {
        ...cost,
        salt: systemRandom.bytes(SALT_BYTES),
        hash: new Uint8Array(HASH_BYTES),
      }
      return toPhc({ ...fresh, hash: await derive(password, fresh, scope) })
    },
    async verify(password, stored, scope) {
      const known = stored === undefined ? undefined : parsePhc(stored)
      const expected = known ?? decoy(cost)
      const equal = isEqual(await derive(password, expected, scope), expected.hash)
      return equal && known !== undefined
    },
    isOutdated(stored) {
      const known = parsePhc(stored)
      return !known || known.memory < cost.memory || known.passes < cost.passes
    },
  }
}

/** A hash that no password has, of today's cost. */
function decoy(cost: Cost): StoredHash {
  const bytes = systemRandom.bytes(SALT_BYTES + HASH_BYTES)
  return { ...cost, salt: bytes.subarray(0, SALT_BYTES), hash: bytes.subarray(SALT_BYTES) }
}

/** Compares to the end, so that the time tells nothing of where two hashes differ. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let at = 0; at < a.length; at++) difference |= (a[at] ?? 0) ^ (b[at] ?? 0)
  return difference === 0
}

/** One for each core, but never all four threads of Node's pool, which also serves files and DNS. */
function parallelHashes(): number {
  return Math.max(1, Math.min(3, globalThis.navigator?.hardwareConcurrency ?? 1))
}
