import {
  createMac,
  fromBase64Url,
  type Mac,
  misuse,
  type Secret,
  toBase64Url,
} from '../kernel/index.ts'

/** The keys that checkpoints are signed with: the current one signs, all of them verify. */
export interface AuditKeys {
  /** The name of the key that signs. */
  readonly current: string
  /** By name (letters, digits, `-`, `_`): 32 bytes as base64url, as `generateKey()` makes them. */
  readonly keys: Readonly<Record<string, string | Secret>>
}

/** Signs and verifies by Ed25519 (RFC 8032), and by HMAC what is written with every entry. */
export interface Signer {
  readonly current: string
  /** The keyed digest of a text under the named key; undefined when the key is not known. */
  mac(text: string, key: string): Promise<string | undefined>
  sign(text: string): Promise<string>
  /** Whether a signature is good; undefined when the key is not known. */
  verify(text: string, signature: string, key: string): Promise<boolean | undefined>
  /** The public keys by name, as base64url: what `plinth audit verify --key` takes. */
  publicKeys(): Promise<Readonly<Record<string, string>>>
}

const PLACE = 'audit({ keys })'
const NAME = /^[A-Za-z0-9_-]{1,64}$/
const SEED_BYTES = 32
/** What stands before the seed of a private key in PKCS #8 (RFC 8410). */
const PKCS8 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]

interface Pair {
  readonly sign: CryptoKey
  readonly verify: CryptoKey
  readonly publicKey: string
}

/** Checks the keys at once; they are made ready when they are first needed. */
export function createSigner({ current, keys }: AuditKeys): Signer {
  const seeds = Object.entries(keys ?? {}).map(([name, key]) => [name, seedOf(name, key)] as const)
  if (!seeds.some(([name]) => name === current)) {
    const names = seeds.map(([name]) => name).join(', ')
    throw misuse(PLACE, `current key "${current}" is not among the keys ${names}`)
  }
  let ready: Promise<ReadonlyMap<string, Pair>> | undefined
  const pairs = () => {
    ready ??= Promise.all(
      seeds.map(async ([name, seed]) => [name, await toPair(seed)] as const),
    ).then((all) => new Map(all))
    return ready
  }
  const macs = new Map<string, Mac>()
  return {
    current,
    async mac(text, key) {
      const seed = seeds.find(([name]) => name === key)?.[1]
      if (!seed) return undefined
      const known = macs.get(key) ?? createMac(bytesOf(await createMac(seed)('plinth-audit-mac')))
      macs.set(key, known)
      return known(text)
    },
    async sign(text) {
      const pair = (await pairs()).get(current) as Pair
      const signature = await crypto.subtle.sign('Ed25519', pair.sign, bytesOf(text))
      return toBase64Url(new Uint8Array(signature))
    },
    async verify(text, signature, key) {
      const pair = (await pairs()).get(key)
      return pair && isSignature(pair.verify, text, signature)
    },
    async publicKeys() {
      return Object.fromEntries(
        Array.from(await pairs(), ([name, { publicKey }]) => [name, publicKey]),
      )
    },
  }
}

/** Verifies by public keys alone: for those who may look at a log but not sign for it. */
export function createVerifier(publicKeys: Readonly<Record<string, string>>): Signer['verify'] {
  const known = new Map<string, Promise<CryptoKey>>()
  for (const [name, text] of Object.entries(publicKeys)) {
    const bytes = fromBase64Url(text)
    if (bytes?.length !== SEED_BYTES) {
      throw misuse(`key "${name}"`, 'expected the 32 bytes of a public key as base64url')
    }
    known.set(name, crypto.subtle.importKey('raw', bytes, 'Ed25519', true, ['verify']))
  }
  return async (text, signature, name) => {
    const key = await known.get(name)
    return key && isSignature(key, text, signature)
  }
}

async function isSignature(key: CryptoKey, text: string, signature: string): Promise<boolean> {
  const bytes = fromBase64Url(signature)
  return bytes !== undefined && crypto.subtle.verify('Ed25519', key, bytes, bytesOf(text))
}

async function toPair(seed: Uint8Array<ArrayBuffer>): Promise<Pair> {
  const encoded = new Uint8Array([...PKCS8, ...seed])
  const sign = await crypto.subtle.importKey('pkcs8', encoded, 'Ed25519', true, ['sign'])
  const { x = '' } = await crypto.subtle.exportKey('jwk', sign)
  const jwk = { kty: 'OKP', crv: 'Ed25519', x }
  const verify = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', true, ['verify'])
  return { sign, verify, publicKey: x }
}

function seedOf(name: string, key: string | Secret): Uint8Array<ArrayBuffer> {
  if (!NAME.test(name)) {
    throw misuse(PLACE, `key name ${JSON.stringify(name)} must match ${NAME.source}`)
  }
  const bytes = fromBase64Url(typeof key === 'string' ? key : (key?.reveal?.() ?? ''))
  if (bytes?.length === SEED_BYTES) return bytes
  const found = bytes ? `${bytes.length} bytes` : 'text that is not base64url'
  throw misuse(PLACE, `key "${name}" must be 32 bytes as base64url, received ${found}`)
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text))
}
