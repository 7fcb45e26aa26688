import { verifyRegistrationResponse } from '@simplewebauthn/server'
import {
  cose,
  decodeAttestationObject,
  decodeCredentialPublicKey,
  isoBase64URL,
  isoCBOR,
  verifySignature,
} from '@simplewebauthn/server/helpers'
import type { PasskeyAttestation } from './ceremonies.ts'
import type { RelyingParty } from './relying-party.ts'

/** A passkey that was made in answer to a challenge. */
export interface NewPasskey {
  readonly credentialId: string
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly transports: string[]
  readonly verifiesUser: boolean
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly aaguid: string
}

/** EdDSA, ES256 and RS256, by their COSE numbers: what authenticators there are can do. */
export const ALGORITHMS: readonly number[] = [-8, -7, -257]

const TRANSPORTS = new Set(['ble', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])
/** An RSA key of 4,096 bits. A longer one would make every sign-in slow. */
const LONGEST_KEY = 600
/** Bytes of an RSA modulus of 2,048 bits: shorter ones have been factored, or soon will be. */
const SHORTEST_MODULUS = 256
/** A signature of two numbers as ASN.1, both 1: well formed for every kind of key, and of nothing. */
const NO_SIGNATURE = Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1)

/**
 * Reads a new passkey by the rules of WebAuthn section 7.1, or answers null when one is broken. What the
 * authenticator states of its make was not asked for; it is left out before anything reads it, certificates
 * and all.
 */
export async function verifyAttestation(
  { origin, id, userVerification }: RelyingParty,
  { credential, challenge }: { credential: PasskeyAttestation; challenge: string },
): Promise<NewPasskey | null> {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: withoutStatement(credential),
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: userVerification === 'required',
      supportedAlgorithmIDs: [...ALGORITHMS],
    })
    if (!verified || registrationInfo.credential.id !== credential.id) return null
    const { aaguid, userVerified, credentialDeviceType, credentialBackedUp } = registrationInfo
    const { id: credentialId, publicKey, counter } = registrationInfo.credential
    if (!(await isUsable(publicKey))) return null
    return {
      credentialId,
      publicKey,
      counter,
      transports: knownTransports(credential),
      verifiesUser: userVerified,
      backupEligible: credentialDeviceType === 'multiDevice',
      backedUp: credentialBackedUp,
      aaguid,
    }
  } catch {
    // The library throws for everything that is not as it must be, bytes that mean nothing included.
    return null
  }
}

/**
 * Whether a key can be used to verify signatures: with none asked for now, one that cannot would be stored,
 * and would stand in the way of every sign-in as a second factor that nobody can show. Throws for what is
 * no key at all.
 */
async function isUsable(credentialPublicKey: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (credentialPublicKey.length > LONGEST_KEY) return false
  const key = decodeCredentialPublicKey(credentialPublicKey)
  if (cose.isCOSEPublicKeyRSA(key)) {
    const modulus = key.get(cose.COSEKEYS.n)
    if (!modulus || modulus.length < SHORTEST_MODULUS) return false
  }
  await verifySignature({ signature: NO_SIGNATURE, data: NO_SIGNATURE, credentialPublicKey })
  return true
}

type Response = Parameters<typeof verifyRegistrationResponse>[0]['response']

function withoutStatement({ id, rawId, type, response }: PasskeyAttestation): Response {
  const { clientDataJSON, attestationObject } = response
  const authData = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject)).get('authData')
  const plain = isoCBOR.encode(
    new Map<string, string | Uint8Array | Map<string, string>>([
      ['fmt', 'none'],
      ['attStmt', new Map<string, string>()],
      ['authData', authData],
    ]),
  )
  return {
    id,
    rawId,
    type,
    response: { clientDataJSON, attestationObject: isoBase64URL.fromBuffer(plain) },
    clientExtensionResults: {},
  }
}

function knownTransports({ response }: PasskeyAttestation): string[] {
  return [...new Set(response.transports)].filter((name) => TRANSPORTS.has(name))
}
