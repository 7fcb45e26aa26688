import type { Handle } from '../../data/index.ts'
import type { OneTimeSecrets } from '../secrets/one-time.ts'
import { CHALLENGE_LIFETIME } from './open-challenge.ts'

/** For what, for whom, and within what a challenge is: an answer to it is worth nothing elsewhere. */
export interface Ceremony {
  readonly purpose: 'passkey-register' | 'passkey-second-factor'
  readonly user: string
  /** A session or a half-finished sign-in. */
  readonly within: string
}

/** Makes the challenge of a ceremony as part of `tx`, in place of the one before. As base64url, 256 bits. */
export async function issueChallenge(
  secrets: OneTimeSecrets,
  tx: Handle,
  { purpose, user, within: subject }: Ceremony,
): Promise<string> {
  await secrets.revoke(tx, { purpose, subject })
  return secrets.issue(tx, { purpose, lifetime: CHALLENGE_LIFETIME, user, subject })
}

/** Spends a challenge as part of `tx`; false when it is not the one of this ceremony, or no longer. */
export async function spendChallenge(
  secrets: OneTimeSecrets,
  tx: Handle,
  { challenge, purpose, user, within }: Ceremony & { readonly challenge: string },
): Promise<boolean> {
  const grant = await secrets.spend(tx, purpose, challenge)
  return grant !== null && grant.user === user && grant.subject === within
}
