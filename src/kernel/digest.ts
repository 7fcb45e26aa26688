import { toBase64Url, toHex } from './encoding.ts'

/** The part of `node:crypto` that computes at once, where a runtime offers it without an import. */
interface NativeCrypto {
  hash?(algorithm: string, data: string | Uint8Array, encoding: 'hex'): string
  createSecretKey?(key: Uint8Array): object
  createHmac?(
    algorithm: string,
    key: object,
  ): { update(text: string): { digest(encoding: 'base64url'): string } }
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
  const { createHmac, createSecretKey } = native ?? {}
  if (createHmac && createSecretKey) {
    // Given as bytes, the key is imported anew for each digest: 18 us instead of 3.
    const key = createSecretKey(secret)
    return (text) => createHmac('sha256', key).update(text).digest('base64url')
  }
  const key = crypto.subtle.importKey('raw', new Uint8Array(secret), HMAC, false, ['sign'])
  return async (text) => {
    const signed = await crypto.subtle.sign('HMAC', await key, new TextEncoder().encode(text))
    return toBase64Url(new Uint8Array(signed))
  }
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' }
