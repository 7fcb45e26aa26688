import type { Row } from '../../data/index.ts'
import { toBase64Url } from '../../kernel/index.ts'
import type { users } from '../users.ts'
import type {
  CredentialDescriptor,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
  UserVerification,
} from './ceremonies.ts'
import { CHALLENGE_LIFETIME } from './open-challenge.ts'
import type { passkeys } from './passkeys-table.ts'
import type { RelyingParty } from './relying-party.ts'
import { ALGORITHMS } from './verify-attestation.ts'

type Known = Pick<Row<typeof passkeys>, 'credentialId' | 'transports'>

/** What a browser is told to make a passkey for a user, who has those that are known. */
export function toCreationOptions(
  { id, name, userVerification }: RelyingParty,
  made: { user: Row<typeof users>; known: readonly Known[]; challenge: string },
): PasskeyCreationOptions {
  const { user, known, challenge } = made
  return {
    rp: { id, name },
    user: {
      // What the passkey gives back when it signs somebody in.
      id: toBase64Url(new TextEncoder().encode(user.id)),
      name: user.email,
      displayName: user.name ?? user.email,
    },
    challenge,
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CHALLENGE_LIFETIME,
    excludeCredentials: known.map(toDescriptor),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification },
    attestation: 'none',
  }
}

/** What a browser is told to have a challenge signed, by one of those that are known if there are any. */
export function toRequestOptions(
  { id: rpId }: RelyingParty,
  asked: { challenge: string; userVerification: UserVerification; known: readonly Known[] },
): PasskeyRequestOptions {
  const { challenge, userVerification, known } = asked
  const allowCredentials = known.map(toDescriptor)
  return { rpId, challenge, timeout: CHALLENGE_LIFETIME, userVerification, allowCredentials }
}

function toDescriptor({ credentialId, transports }: Known): CredentialDescriptor {
  return { type: 'public-key', id: credentialId, transports }
}
