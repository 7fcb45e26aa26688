import { systemRandom } from '../../kernel/index.ts'

/** Milliseconds that a code stands for. */
export const STEP = 30_000
/** 160 bits: what RFC 4226 recommends, and the length of the hash. */
const SEED_BYTES = 20
const DIGITS = 1_000_000
/** One before and one after: for clocks that are off, and people who type slowly. */
const WINDOW = [-1, 0, 1]
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Makes a seed of 160 random bits. */
export function createSeed(): Uint8Array {
  return systemRandom.bytes(SEED_BYTES)
}

/**
 * The time step whose code this is, or undefined for a code of no step that is near: the latest, should
 * two have the same code (RFC 6238). Compares with all of them, so that the time tells nothing.
 */
export async function findStep(
  seed: Uint8Array,
  code: string,
  now: number,
): Promise<number | undefined> {
  const current = Math.floor(now / STEP)
  const key = await crypto.subtle.importKey(
    'raw',
    new Uint8Array(seed),
    { name: 'HMAC', hash: 'SHA-1' },
    false,
    ['sign'],
  )
  let found: number | undefined
  for (const offset of WINDOW) {
    const step = current + offset
    if ((await codeOf(key, step)) === Number(code)) found = step
  }
  return found
}

/** Base32 without padding (RFC 4648), as authenticator apps take seeds. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(held >>> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31]
}

/** RFC 4226, section 5.3: HMAC-SHA-1 of the counter, truncated where its last nibble says. */
async function codeOf(key: CryptoKey, step: number): Promise<number> {
  const counter = new DataView(new ArrayBuffer(8))
  counter.setBigUint64(0, BigInt(Math.max(0, step)))
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer))
  const offset = mac.getUint8(mac.byteLength - 1) & 15
  return (mac.getUint32(offset) & 0x7fff_ffff) % DIGITS
}
