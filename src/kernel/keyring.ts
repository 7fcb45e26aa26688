import { fromBase64Url, toBase64Url } from './encoding.ts'
import { misuse } from './errors.ts'
import { type Random, systemRandom } from './random.ts'
import type { Secret } from './secret.ts'

/** Named keys: the current one seals and signs, all of them open and verify. */
export interface KeyringOptions {
  /** The name of the key for new texts. */
  readonly current: string
  /** By name (letters, digits, `-`, `_`): 32 bytes or more of randomness, as base64url. */
  readonly keys: Readonly<Record<string, string | Secret>>
  readonly random?: Random
}

/**
 * Seals and signs short texts under rotating keys. A `purpose` separates uses: what was sealed for one
 * does not open for another.
 */
export interface Keyring {
  /** Encrypts and authenticates with AES-256-GCM; the result names its key. */
  seal(plain: Uint8Array, purpose: string): Promise<string>
  /** What was sealed, or null when the text is damaged, foreign, or of an unknown key. */
  open(sealed: string, purpose: string): Promise<Uint8Array | null>
  /** A signature by HMAC-SHA-256 that names its key. */
  sign(text: string, purpose: string): Promise<string>
  verify(text: string, signature: string, purpose: string): Promise<boolean>
  /** Whether a sealed text or signature is of a former key and due to be made anew. */
  isFormer(text: string): boolean
}

type Use = 'seal' | 'sign'

const NAME = /^[A-Za-z0-9_-]{1,64}$/
const KEY_BYTES = 32
const NONCE_BYTES = 12
const ALGORITHMS = {
  seal: { name: 'AES-GCM', length: 256 },
  sign: { name: 'HMAC', hash: 'SHA-256', length: 256 },
} as const
const USAGES: Record<Use, readonly KeyUsage[]> = {
  seal: ['encrypt', 'decrypt'],
  sign: ['sign', 'verify'],
}

/** Makes the text of a fresh key: 32 random bytes as base64url. */
export function generateKey(random: Random = systemRandom): string {
  return toBase64Url(random.bytes(KEY_BYTES))
}

/**
 * Opens a keyring. Each purpose and use works with a key of its own, derived by HKDF (RFC 5869).
 * Nonces are random: rotate a key before it has sealed 2^32 texts (NIST SP 800-38D).
 *
 * ```ts
 * import { createKeyring, generateKey } from 'plinth/kernel'
 *
 * const keys = createKeyring({ current: '2026', keys: { 2025: generateKey(), 2026: generateKey() } })
 * const sealed = await keys.seal(new TextEncoder().encode('seed'), 'totp')
 * console.log(await keys.open(sealed, 'totp'), await keys.open(sealed, 'mail')) // bytes, null
 * ```
 */
export function createKeyring({ current, keys, random = systemRandom }: KeyringOptions): Keyring {
  const derive = createDerivation(current, keys)
  const encoder = new TextEncoder()

  return {
    async seal(plain, purpose) {
      const nonce = new Uint8Array(random.bytes(NONCE_BYTES))
      const additionalData = encoder.encode(`${current}.${purpose}`)
      const key = await derive(current, purpose, 'seal')
      const algorithm = { name: 'AES-GCM', iv: nonce, additionalData }
      const sealed = await crypto.subtle.encrypt(algorithm, known(key), new Uint8Array(plain))
      return `${current}.${toBase64Url(join(nonce, new Uint8Array(sealed)))}`
    },
    async open(text, purpose) {
      const { name, bytes } = split(text)
      const key = await derive(name, purpose, 'seal')
      if (!key || !bytes || bytes.length < NONCE_BYTES) return null
      const algorithm = {
        name: 'AES-GCM',
        iv: bytes.slice(0, NONCE_BYTES),
        additionalData: encoder.encode(`${name}.${purpose}`),
      }
      return crypto.subtle.decrypt(algorithm, key, bytes.slice(NONCE_BYTES)).then(
        (plain) => new Uint8Array(plain),
        () => null,
      )
    },
    async sign(text, purpose) {
      const key = await derive(current, purpose, 'sign')
      const signature = await crypto.subtle.sign('HMAC', known(key), encoder.encode(text))
      return `${current}.${toBase64Url(new Uint8Array(signature))}`
    },
    async verify(text, signature, purpose) {
      const { name, bytes } = split(signature)
      const key = await derive(name, purpose, 'sign')
      return (
        Boolean(key && bytes) &&
        crypto.subtle.verify('HMAC', known(key), bytes ?? new Uint8Array(), encoder.encode(text))
      )
    },
    isFormer: (text) => split(text).name !== current,
  }
}

type Derive = (name: string, purpose: string, use: Use) => Promise<CryptoKey | undefined>

/** Checks the keys at once, and derives a purpose's key when it is first asked for. */
function createDerivation(current: string, keys: KeyringOptions['keys']): Derive {
  const masters = new Map<string, Promise<CryptoKey>>()
  for (const [name, key] of Object.entries(keys)) {
    masters.set(
      name,
      crypto.subtle.importKey('raw', keyBytes(name, key), 'HKDF', false, ['deriveKey']),
    )
  }
  if (!masters.has(current)) {
    throw misuse(
      'createKeyring',
      `current key "${current}" is not among the keys ${[...masters.keys()].join(', ')}`,
    )
  }
  const derived = new Map<string, Promise<CryptoKey>>()
  return async (name, purpose, use) => {
    const master = await masters.get(name)
    if (!master) return undefined
    const id = `${use}.${name}.${purpose}`
    const ready = derived.get(id) ?? deriveKey(master, purpose, use)
    derived.set(id, ready)
    return ready
  }
}

function deriveKey(master: CryptoKey, purpose: string, use: Use): Promise<CryptoKey> {
  const info = new TextEncoder().encode(`plinth.${use}.${purpose}`)
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  return crypto.subtle.deriveKey(algorithm, master, ALGORITHMS[use], false, [...USAGES[use]])
}

function keyBytes(name: string, key: string | Secret): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(typeof key === 'string' ? key : key.reveal())
  if (!NAME.test(name))
    throw misuse('createKeyring', `key name ${JSON.stringify(name)} must match ${NAME.source}`)
  if (bytes && bytes.length >= KEY_BYTES) return bytes
  const found = bytes ? `${bytes.length} bytes` : 'text that is not base64url'
  throw misuse(
    'createKeyring',
    `key "${name}" must be at least ${KEY_BYTES} bytes as base64url, received ${found}`,
  )
}

function split(text: string): { name: string; bytes: Uint8Array<ArrayBuffer> | undefined } {
  const dot = text.indexOf('.')
  return { name: text.slice(0, Math.max(dot, 0)), bytes: fromBase64Url(text.slice(dot + 1)) }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

/** The current key was checked to exist when the keyring was made. */
function known(key: CryptoKey | undefined): CryptoKey {
  if (key) return key
  throw misuse('keyring', 'its current key is missing')
}
