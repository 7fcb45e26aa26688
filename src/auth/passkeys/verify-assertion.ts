import { verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { Handle, Row } from '../../data/index.ts'
import type { PasskeyAssertion } from './ceremonies.ts'
import { userOf } from './client-data.ts'
import { passkeys } from './passkeys-table.ts'
import type { RelyingParty } from './relying-party.ts'

/** What an authenticator has signed, before it is known whether the challenge was ours and unspent. */
export interface Assertion {
  readonly credential: PasskeyAssertion
  readonly challenge: string
  /** The passkey of that name, if there is one. */
  readonly stored: Row<typeof passkeys> | null
  /** Whether the authenticator must have verified who holds it. */
  readonly verified: boolean
}

/** A passkey that has signed. */
export interface Proved {
  readonly passkey: Row<typeof passkeys>
  readonly counter: number
  readonly backedUp: boolean
}

/** Why it has not: for the log, never for the caller. */
export type Refused = 'passkey' | 'passkey copied: its counter went back'

/** Checks what was signed by the rules of WebAuthn section 7.2. */
export async function verifyAssertion(
  { origin, id: rpId }: RelyingParty,
  { credential, challenge, stored, verified: required }: Assertion,
): Promise<Proved | Refused> {
  if (!stored) return 'passkey'
  const { id, rawId, type, response } = credential
  const { clientDataJSON, authenticatorData, signature, userHandle } = response
  if (userHandle != null && userOf(credential) !== stored.user) return 'passkey'
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId,
        type,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: required,
      // The library compares counters before it looks at the signature: anybody could raise the alarm.
      credential: {
        id: stored.credentialId,
        publicKey: new Uint8Array(stored.publicKey),
        counter: 0,
      },
    })
    const { newCounter, credentialBackedUp, credentialDeviceType } = authenticationInfo
    if (!verified) return 'passkey'
    if ((credentialDeviceType === 'multiDevice') !== stored.backupEligible) return 'passkey'
    if (wentBack(newCounter, stored.counter)) return 'passkey copied: its counter went back'
    return { passkey: stored, counter: newCounter, backedUp: credentialBackedUp }
  } catch {
    // The library throws for everything that is not as it must be, bytes that mean nothing included.
    return 'passkey'
  }
}

/** Notes as part of `tx` that it was used; false when it was used meanwhile, or is gone. */
export async function noteUse(
  tx: Handle,
  { passkey, counter, backedUp }: Proved,
  now: number,
): Promise<boolean> {
  const used = { counter, backedUp, lastUsedAt: new Date(now) }
  return (await tx.update(passkeys, passkey.id, used, { counter: passkey.counter })) !== null
}

/** Authenticators that do not count always say 0. */
function wentBack(counter: number, before: number): boolean {
  return (counter > 0 || before > 0) && counter <= before
}
