import { toBase64Url, toHex } from './encoding.ts'

/** The part of `node:crypto` that computes at once, where a runtime offers it without an import. */
interface NativeCrypto {
  hash?: NativeHash
}

interface NativeHash {
  (algorithm: 'sha256', data: string | Uint8Array, encoding: 'hex' | 'base64url'): string
  (algorithm: 'sha256', data: string | Uint8Array, encoding: 'buffer'): Uint8Array
}

interface BuiltinModules {
  readonly process?: { getBuiltinModule?(id: string): NativeCrypto | undefined }
}

// A digest of a few bytes costs 1 us at once and 20 us through the thread pool of WebCrypto; this
// is how Node, Bun and Deno hand out the former to code that also runs where it does not exist.
const native: NativeCrypto | undefined = (globalThis as BuiltinModules).process?.getBuiltinModule?.(
  'node:crypto',
)

/**
 * Hashes text (as UTF-8) or bytes with SHA-256 into lower-case hexadecimal digits: at once where the
 * runtime can, as a promise elsewhere.
 *
 * ```ts
 * import { sha256 } from 'plinth/kernel'
 *
 * console.log(await sha256('abc')) // ba7816bf...
 * ```
 */
export function sha256(data: string | Uint8Array): string | Promise<string> {
  return native?.hash ? native.hash('sha256', data, 'hex') : subtleSha256(data)
}

async function subtleSha256(data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data)
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

/** Computes the keyed digest of a text. */
export type Mac = (text: string) => string | Promise<string>

/**
 * Returns HMAC-SHA-256 (RFC 2104) under `secret`, written as base64url: at once where the runtime
 * can, as a promise elsewhere.
 */
export function createMac(secret: Uint8Array): Mac {
  const hash = native?.hash
  if (hash) return createHashMac(secret, hash)
  const key = crypto.subtle.importKey('raw', new Uint8Array(secret), HMAC, false, ['sign'])
  return async (text) => {
    const signed = await crypto.subtle.sign('HMAC', await key, new TextEncoder().encode(text))
    return toBase64Url(new Uint8Array(signed))
  }
}

/**
 * HMAC as RFC 2104 defines it, by two digests at once: an `Hmac` object of `node:crypto` costs three
 * times as much for a short text.
 */
function createHashMac(secret: Uint8Array, hash: NativeHash): Mac {
  const key = secret.length > BLOCK_BYTES ? hash('sha256', secret, 'buffer') : secret
  const inner = new Uint8Array(BLOCK_BYTES).fill(0x36)
  const outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES).fill(0x5c, 0, BLOCK_BYTES)
  key.forEach((byte, at) => {
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  })
  const encoder = new TextEncoder()
  return (text) => {
    const message = encoder.encode(text)
    const padded = new Uint8Array(BLOCK_BYTES + message.length)
    padded.set(inner)
    padded.set(message, BLOCK_BYTES)
    outer.set(hash('sha256', padded, 'buffer'), BLOCK_BYTES)
    return hash('sha256', outer, 'base64url')
  }
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const HMAC = { name: 'HMAC', hash: 'SHA-256' }
