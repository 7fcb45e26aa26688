/** Unpredictable bytes, as a port. */
export interface Random {
  /** `length` fresh bytes of cryptographic quality. */
  bytes(length: number): Uint8Array
}

const POOL_BYTES = 4096

/**
 * The runtime's cryptographic generator, read in blocks of 4 KiB because one call a token costs more
 * than the bytes do. Each byte is handed out once and wiped from the pool.
 */
export const systemRandom: Random = createPooledRandom()

function createPooledRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  return {
    bytes(length) {
      if (length > POOL_BYTES) return fill(new Uint8Array(length))
      if (used + length > POOL_BYTES) {
        crypto.getRandomValues(pool)
        used = 0
      }
      const bytes = pool.slice(used, used + length)
      pool.fill(0, used, used + length)
      used += length
      return bytes
    },
  }
}

/** `getRandomValues` gives at most 65,536 bytes a call. */
function fill(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  }
  return bytes
}
