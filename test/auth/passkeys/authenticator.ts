import type {
  PasskeyAssertion,
  PasskeyAttestation,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from 'plinth/auth/passkeys'
import { fromBase64Url, toBase64Url } from 'plinth/kernel'
import { ORIGIN } from '../auth-app.ts'
import { bytes, type Cbor, encodeCbor, join, utf8 } from './cbor.ts'

/** What a browser and an authenticator would do otherwise than they should. */
export interface Deviation {
  /** Where the page was that asked. Default: the origin of the app. */
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  /** Default: what the ceremony is called. */
  readonly type?: string
  /** Default true. */
  readonly present?: boolean
  readonly verified?: boolean
  /** Default: as it was made; what is made may be copied to other devices. */
  readonly backupEligible?: boolean
  readonly backedUp?: boolean
  readonly counter?: number
  readonly userHandle?: string | null
  /** What the authenticator states of its make. Default: nothing. */
  readonly statement?: { readonly fmt: string; readonly attStmt: Cbor }
  readonly publicKey?: Cbor
}

/** An authenticator made of software, with the browser around it. */
export interface Authenticator {
  readonly credentialId: string
  readonly counter: number
  create(options: Made, deviation?: Deviation): Promise<PasskeyAttestation>
  get(
    options: Pick<PasskeyRequestOptions, 'challenge' | 'rpId'>,
    deviation?: Deviation,
  ): Promise<PasskeyAssertion>
}

type Made = Pick<PasskeyCreationOptions, 'challenge' | 'rp' | 'user'>

const AAGUID = Uint8Array.from({ length: 16 }, (_, at) => at)

/** Creates an authenticator with one key, which counts unless `counts` is false. */
export async function createAuthenticator({
  counts = true,
  credentialId = toBase64Url(crypto.getRandomValues(new Uint8Array(32))),
  algorithm = 'ES256',
}: {
  counts?: boolean
  credentialId?: string
  algorithm?: keyof typeof ALGORITHMS
} = {}): Promise<Authenticator> {
  const { generated, signing, toCose, toSignature = same } = ALGORITHMS[algorithm]
  const { privateKey, publicKey } = await generateKeyPair(generated)
  const coseKey = toCose(await crypto.subtle.exportKey('jwk', publicKey))
  const id = fromBase64Url(credentialId) ?? new Uint8Array()
  let counter = 0
  let user = ''

  async function dataOf(
    rpId: string,
    deviation: Deviation,
    attested: Uint8Array,
  ): Promise<Uint8Array> {
    if (counts) counter = deviation.counter ?? counter + 1
    const { present = true, verified = true, backupEligible = true, backedUp = true } = deviation
    const flags =
      Number(present) |
      (Number(verified) << 2) |
      (Number(backupEligible) << 3) |
      (Number(backedUp) << 4) |
      (Number(attested.length > 0) << 6)
    const rpIdHash = await sha256(utf8(deviation.rpId ?? rpId))
    return join(rpIdHash, bytes(flags, 1), bytes(deviation.counter ?? counter, 4), attested)
  }

  return {
    credentialId,
    get counter() {
      return counter
    },
    async create({ challenge, rp, user: owner }, deviation = {}) {
      user = owner.id
      const key = encodeCbor(deviation.publicKey ?? coseKey)
      const attested = join(AAGUID, bytes(id.length, 2), id, key)
      const authData = await dataOf(rp.id, deviation, attested)
      const { fmt, attStmt } = deviation.statement ?? { fmt: 'none', attStmt: new Map() }
      const object = encodeCbor(
        new Map<string, Cbor>([
          ['fmt', fmt],
          ['attStmt', attStmt],
          ['authData', authData],
        ]),
      )
      return {
        id: credentialId,
        rawId: credentialId,
        type: 'public-key',
        response: {
          clientDataJSON: toBase64Url(clientData('webauthn.create', challenge, deviation)),
          attestationObject: toBase64Url(object),
          transports: ['internal', 'hybrid'],
        },
      }
    },
    async get({ challenge, rpId }, deviation = {}) {
      const data = clientData('webauthn.get', challenge, deviation)
      const authData = await dataOf(rpId, deviation, new Uint8Array())
      const signed = join(authData, await sha256(data))
      const raw = await crypto.subtle.sign(signing, privateKey, new Uint8Array(signed))
      const { userHandle = user } = deviation
      return {
        id: credentialId,
        rawId: credentialId,
        type: 'public-key',
        response: {
          clientDataJSON: toBase64Url(data),
          authenticatorData: toBase64Url(authData),
          signature: toBase64Url(toSignature(new Uint8Array(raw))),
          ...(userHandle !== null && { userHandle }),
        },
      }
    },
  }
}

function clientData(type: string, challenge: string, deviation: Deviation): Uint8Array {
  return utf8(
    JSON.stringify({
      type: deviation.type ?? type,
      challenge: deviation.challenge ?? challenge,
      origin: deviation.origin ?? ORIGIN,
      crossOrigin: false,
    }),
  )
}

interface Algorithm {
  readonly generated: RsaHashedKeyGenParams | EcKeyGenParams | { readonly name: 'Ed25519' }
  readonly signing: EcdsaParams | { readonly name: string }
  toCose(key: JsonWebKey): Cbor
  /** Default: as WebCrypto gives it. */
  readonly toSignature?: (raw: Uint8Array) => Uint8Array
}

/** What authenticators sign with (RFC 9053, RFC 8230). */
const ALGORITHMS = {
  ES256: {
    generated: { name: 'ECDSA', namedCurve: 'P-256' },
    signing: { name: 'ECDSA', hash: 'SHA-256' },
    toCose: ({ x, y }) => cose([1, 2], [3, -7], [-1, 1], [-2, x], [-3, y]),
    toSignature: toDer,
  },
  EdDSA: {
    generated: { name: 'Ed25519' },
    signing: { name: 'Ed25519' },
    toCose: ({ x }) => cose([1, 1], [3, -8], [-1, 6], [-2, x]),
  },
  RS256: rsa(2048),
  // What nobody should sign with any more.
  weakRS256: rsa(1024),
} satisfies Record<string, Algorithm> as Record<
  'ES256' | 'EdDSA' | 'RS256' | 'weakRS256',
  Algorithm
>

function rsa(modulusLength: number): Algorithm {
  const publicExponent = Uint8Array.of(1, 0, 1)
  const name = 'RSASSA-PKCS1-v1_5'
  return {
    generated: { name, hash: 'SHA-256', modulusLength, publicExponent },
    signing: { name },
    toCose: ({ n, e }) => cose([1, 3], [3, -257], [-1, n], [-2, e]),
  }
}

/** A key by its parameters; those of text are base64url. */
function cose(...entries: readonly [number, number | string | undefined][]): Cbor {
  return new Map(
    entries.map(([label, value = '']) => [
      label,
      typeof value === 'number' ? value : (fromBase64Url(value) ?? new Uint8Array()),
    ]),
  )
}

async function generateKeyPair(algorithm: Algorithm['generated']): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(algorithm as EcKeyGenParams, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
}

function same(raw: Uint8Array): Uint8Array {
  return raw
}

/** WebCrypto signs as two numbers side by side; authenticators as a sequence of ASN.1. */
function toDer(raw: Uint8Array): Uint8Array {
  const parts = [raw.slice(0, 32), raw.slice(32)].map((number) => {
    const start = number.findIndex((byte) => byte !== 0)
    const trimmed = number.slice(start === -1 ? 31 : start)
    const positive = (trimmed[0] ?? 0) > 127 ? join(bytes(0, 1), trimmed) : trimmed
    return join(bytes(2, 1), bytes(positive.length, 1), positive)
  })
  const content = join(...parts)
  return join(bytes(0x30, 1), bytes(content.length, 1), content)
}

async function sha256(data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(data)))
}
